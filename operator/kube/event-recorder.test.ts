import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '../../testing/fake-clock.ts';
import type { Logger } from '../../common/logger.ts';
import { ApiEventRecorder, type EventInput } from './event-recorder.ts';
import { EVENTS, SYNCHRONIZATIONS } from './resources.ts';
import { FakeKube } from './testing/fake-kube.ts';

function setUp(name = 'a') {
  const clock = new FakeClock();
  const kube = new FakeKube({ clock });
  const regarding = kube.put(SYNCHRONIZATIONS, { metadata: { name, namespace: 'ns' } });
  const lines: string[] = [];
  const line = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
  const logger: Logger = {
    error: line('error'),
    warn: line('warn'),
    info: line('info'),
    debug: line('debug'),
    child: () => logger,
  };
  const recorder = (instance = 'pod-a') =>
    new ApiEventRecorder({ api: kube, clock, logger, component: 'sync-controller', instance });
  const event: EventInput = {
    regarding,
    type: 'Warning',
    reason: 'SecretNotFound',
    note: 'Secret ns/db does not exist.',
  };
  return { clock, kube, recorder, event, lines };
}

describe('an event', () => {
  test('stands on its object as kubectl describe looks for it', async () => {
    const { kube, recorder, event } = setUp();
    await recorder().record(event);
    expect(kube.objects(EVENTS)).toMatchObject([
      {
        metadata: { namespace: 'ns' },
        involvedObject: {
          apiVersion: 'automation.astronetes.io/v1alpha1',
          kind: 'Synchronization',
          name: 'a',
          uid: event.regarding.metadata.uid,
        },
        type: 'Warning',
        reason: 'SecretNotFound',
        message: 'Secret ns/db does not exist.',
        count: 1,
        firstTimestamp: '2026-01-01T00:00:00Z',
        lastTimestamp: '2026-01-01T00:00:00Z',
        source: { component: 'sync-controller' },
        reportingInstance: 'pod-a',
      },
    ]);
  });

  test('that repeats, also from another pod, raises the count of the one that is there', async () => {
    const { clock, kube, recorder, event } = setUp();
    await recorder().record(event);
    await clock.advance(60_000);
    await recorder('pod-b').record(event);
    await recorder('pod-b').record(event);
    expect(kube.objects(EVENTS)).toMatchObject([
      { count: 3, firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:01:00Z' },
    ]);
  });

  test('of the same cause in other words is the same one, with the newest words', async () => {
    const { kube, recorder, event } = setUp();
    const used = (pods: number): EventInput => ({
      ...event,
      note: `exceeded quota, used: pods=${pods}`,
      cause: 'quota',
    });
    for (const pods of [1, 2, 3]) await recorder().record(used(pods));

    expect(kube.objects(EVENTS)).toMatchObject([
      { count: 3, message: 'exceeded quota, used: pods=3' },
    ]);
  });

  test('that says something else, or of another object, is another event', async () => {
    const { kube, recorder, event } = setUp();
    const other = kube.put(SYNCHRONIZATIONS, { metadata: { name: 'b', namespace: 'ns' } });
    await recorder().record(event);
    await recorder().record({ ...event, note: 'Secret ns/other does not exist.' });
    await recorder().record({ ...event, reason: 'Running', type: 'Normal' });
    await recorder().record({ ...event, regarding: other });
    expect(kube.objects(EVENTS)).toHaveLength(4);
  });

  test('with a long note is cut at a character, to what the server takes', async () => {
    const { kube, recorder, event } = setUp('n'.repeat(253));
    await recorder().record({ ...event, note: 'ü'.repeat(2000) });
    const [stored] = kube.objects(EVENTS);
    expect(stored?.metadata.name.length).toBeLessThanOrEqual(253);
    const message = String(stored?.['message']);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(1024);
    expect(message).toMatch(/^ü+…$/);
  });
});

describe('an event never fails what it reports', () => {
  test('an API server that refuses is a warning in the log', async () => {
    const { kube, recorder, event, lines } = setUp();
    kube.intercept = () => ({ fail: 'before' });
    await recorder().record(event);
    expect(lines).toEqual(['warn: event not recorded']);
  });

  test('a namespace that is going away is nothing to warn of', async () => {
    const { kube, recorder, event, lines } = setUp();
    kube.terminateNamespace('ns');
    await recorder().record(event);
    expect(lines).toEqual(['debug: event not recorded']);
  });

  test('an API server that hangs holds it up for five seconds at most', async () => {
    const { clock, kube, recorder, event, lines } = setUp();
    kube.intercept = () => ({ fail: 'hang' });
    const recorded = recorder().record(event);
    await clock.advance(0);
    await clock.advance(5000);
    await recorded;
    expect(lines).toHaveLength(1);
  });

  test('one that expired between two looks is let be', async () => {
    const { kube, recorder, event, lines } = setUp();
    await recorder().record(event);
    kube.intercept = (call) => {
      const [stored] = kube.objects(EVENTS);
      if (call.method === 'GET' && stored) kube.remove(EVENTS, stored.metadata);
      return undefined;
    };
    await recorder().record(event);
    expect(lines).toEqual([]);
  });
});
