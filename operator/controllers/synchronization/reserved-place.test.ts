import { expect, test } from '@jest/globals';
import { RESERVED_BECAUSE } from '../../../api/znode-path.ts';
import { decide } from './decide.ts';
import { databaseView, SETTINGS, snapshot } from './testing/builders.ts';

/** A Database whose client is confined to a chroot. */
function databaseAt(name: string, chroot: string) {
  const spec = { zookeeper: { client: { servers: ['a:2181', `b:2181${chroot}`] } } };
  return databaseView(name, { spec });
}

test.each([
  { side: 'destination', chroot: '/zookeeper' },
  { side: 'destination', chroot: '/zookeeper/quota' },
  { side: 'source', chroot: '/zookeeper' },
  { side: 'source', chroot: '/.resiliency-operator/a' },
  { side: 'destination', chroot: '/.resiliency-operator' },
])('a $side with the chroot $chroot is refused before there is a Job', ({ side, chroot }) => {
  const name = `zookeeper-${side}`;
  const decision = decide(snapshot({ [side]: databaseAt(name, chroot) }), SETTINGS);
  expect(decision).toMatchObject({ action: 'Finish', reason: 'InvalidSpec' });
  expect((decision as { message: string }).message).toContain(
    `spec.config.rootPath /test at the Database ${name} is ${chroot}/test, which is in /`,
  );
});

test.each(['/zookeeper-b', '/a/zookeeper', '/'])('the chroot %s is taken', (chroot) => {
  const destination = databaseAt('zookeeper-destination', chroot);
  expect(decide(snapshot({ destination }), SETTINGS)).toMatchObject({ action: 'MarkStarted' });
});

test('it is said why a place is reserved', () => {
  const destination = databaseAt('zookeeper-destination', '/zookeeper');
  const { message } = decide(snapshot({ destination }), SETTINGS) as { message: string };
  expect(message).toContain(`which is in /zookeeper: ${RESERVED_BECAUSE['/zookeeper']}. Give `);
});
