import { describe, expect, test } from '@jest/globals';
import { describeContainers, lingeringIn } from './lingering.ts';
import { endedPod, lingeringPod, NOW, pod } from './testing/builders.ts';

describe('what keeps a pod whose worker has ended', () => {
  test('is named, with the time that it is given', () => {
    expect(lingeringIn(lingeringPod(0, { secondsAgo: 10 }), NOW)).toMatchObject({
      ...{ containers: ['mesh-proxy'], leftMs: 20_000 },
    });
    expect(lingeringIn(lingeringPod(0, { secondsAgo: 31 }), NOW)?.leftMs).toBe(0);
  });

  test('is given the pod’s own time as well where the kubelet has told it to end', () => {
    const sidecars = { proxy: { running: {} }, gone: { terminated: { exitCode: 0 } } };
    const found = lingeringIn(lingeringPod(0, { secondsAgo: 10, sidecars }), NOW);
    expect(found).toMatchObject({ containers: ['proxy'], leftMs: 50_000 });
  });

  test('is no init container that is none of those that stay', () => {
    const initContainerStatuses = [{ name: 'once', state: { running: {} } }];
    const found = lingeringPod(0, { secondsAgo: 10, sidecars: {}, initContainerStatuses });
    expect(lingeringIn(found, NOW)).toBeUndefined();
  });

  test('was given enough where nobody knows when the worker ended', () => {
    const others = { proxy: { running: {} } };
    expect(lingeringIn(endedPod(0, { phase: 'Running', others }), NOW)?.leftMs).toBe(0);
  });

  test.each([
    {
      name: 'the worker runs, whatever has ended',
      pod: pod({
        phase: 'Running',
        state: { running: {} },
        others: { once: { terminated: { exitCode: 0 } } },
      }),
    },
    { name: 'the pod has ended', pod: endedPod(0, { others: { proxy: { running: {} } } }) },
    { name: 'nothing goes on', pod: endedPod(0, { phase: 'Running' }) },
  ])('is nothing while $name', ({ pod: looked }) => {
    expect(lingeringIn(looked, NOW)).toBeUndefined();
  });

  test.each([
    { containers: ['a'], words: 'container a' },
    { containers: ['a', 'b'], words: 'containers a and b' },
  ])('is put into words: $words', ({ containers, words }) => {
    expect(describeContainers({ containers })).toBe(words);
  });
});

test('the worker is known by its name, wherever it stands among the containers', () => {
  const others = { once: { terminated: { exitCode: 0 } }, proxy: { running: {} } };
  const given = pod({ phase: 'Running', others });
  const containers = [...given.containers, ...pod({ state: { running: {} } }).containers];
  expect(lingeringIn({ ...given, containers }, NOW)).toBeUndefined();
});
