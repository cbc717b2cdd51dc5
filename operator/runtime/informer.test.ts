import { expect, test } from '@jest/globals';
import { FakeClock } from '../../testing/fake-clock.ts';
import { JOBS, PODS } from '../kube/resources.ts';
import { FakeKube } from '../kube/testing/fake-kube.ts';
import { InformerSet, type Informer, type View } from './informer.ts';
import { RecordingLogger } from './testing/recording-logger.ts';

function setUp(namespaces: readonly string[] = []) {
  const clock = new FakeClock();
  const kube = new FakeKube({ clock });
  const logger = new RecordingLogger();
  const informers = new InformerSet({ api: kube, clock, logger, namespaces });
  const stop = new AbortController();
  const put = (name: string, namespace = 'ns') => kube.put(PODS, { metadata: { name, namespace } });
  return { clock, kube, logger, informers, stop, put };
}

const NAMES_ONLY: View = {
  name: 'names',
  of: ({ apiVersion, kind, metadata }) => ({ apiVersion, kind, metadata }),
};

test("a view keeps of each object what it says, listed or watched, and is no other one's", async () => {
  const { clock, kube, informers, stop } = setUp();
  const whole = informers.get(PODS);
  const names = informers.get(PODS, { view: NAMES_ONLY });
  const put = (name: string) =>
    kube.put(PODS, { metadata: { name, namespace: 'ns' }, spec: { nodeName: 'n' } });
  put('listed');
  void informers.run(stop.signal);
  await clock.advance(0);
  put('watched');
  await clock.advance(0);
  const specs = ({ cache }: Informer) => cache.list().map(({ spec }) => spec);
  expect(specs(names)).toEqual([undefined, undefined]);
  expect(specs(whole)).toEqual([{ nodeName: 'n' }, { nodeName: 'n' }]);
  kube.remove(PODS, { namespace: 'ns', name: 'watched' });
  await clock.advance(0);
  expect(names.cache.list()).toHaveLength(1);
});

test('whoever asks for the same kind and labels shares one watch', async () => {
  const { clock, kube, informers, stop } = setUp();
  expect(informers.get(PODS, { labelSelector: 'a=b' })).toBe(
    informers.get(PODS, { labelSelector: 'a=b' }),
  );
  expect(informers.get(PODS, { labelSelector: 'a=b' })).not.toBe(informers.get(PODS));
  expect(informers.get(PODS)).not.toBe(informers.get(JOBS));
  void informers.run(stop.signal);
  await clock.advance(0);
  expect(kube.openWatches).toBe(3);
});

test('with namespaces named, each is watched and nothing else is', async () => {
  const { clock, kube, informers, stop, put } = setUp(['one', 'two', 'one']);
  const informer = informers.get(PODS);
  put('a', 'one');
  put('b', 'two');
  put('c', 'three');
  void informers.run(stop.signal);
  await clock.advance(0);
  expect(kube.openWatches).toBe(2);
  const names = informer.cache.list().map((object) => object.metadata.name);
  expect(names.sort()).toEqual(['a', 'b']);
  expect(kube.calls.every((call) => call.path.includes('/namespaces/'))).toBe(true);
});

test('it has synced once every namespace was listed', async () => {
  const { clock, kube, informers, stop } = setUp(['one', 'two']);
  const informer = informers.get(PODS);
  kube.intercept = (call) => (call.path.includes('/two/') ? { fail: 'before' } : undefined);
  void informers.run(stop.signal);
  const synced = informer.whenSynced(stop.signal).then(() => 'synced');
  await clock.advance(0);
  expect(informer.hasSynced).toBe(false);
  expect(informers.unsynced).toEqual(['pods']);
  kube.intercept = undefined;
  await clock.advance(1000);
  expect(await synced).toBe('synced');
  expect(informers.unsynced).toEqual([]);
  await informer.whenSynced(stop.signal);
});

test('waiting for it ends with the signal', async () => {
  const { informers } = setUp();
  const stop = new AbortController();
  const waiting = informers.get(PODS).whenSynced(stop.signal);
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});

test('a listener that throws harms neither the watch nor the other listeners', async () => {
  const { clock, logger, informers, stop, put } = setUp();
  const informer = informers.get(PODS);
  const told: string[] = [];
  informer.onChange(() => {
    throw new Error('a bug');
  });
  const unsubscribe = informer.onChange(({ object }) => told.push(object.metadata.name));
  void informers.run(stop.signal);
  await clock.advance(0);
  put('a');
  await clock.advance(0);
  put('b');
  await clock.advance(0);
  unsubscribe();
  put('c');
  await clock.advance(0);
  expect(told).toEqual(['a', 'b']);
  expect(logger.messages('error')).toHaveLength(3);
});

test('an informer asked for while the others run joins in, and ends with them', async () => {
  const { clock, kube, informers, stop } = setUp();
  const ended = informers.run(stop.signal);
  informers.get(PODS);
  await clock.advance(0);
  expect(kube.openWatches).toBe(1);
  stop.abort();
  await ended;
  expect(kube.openWatches).toBe(0);
});
