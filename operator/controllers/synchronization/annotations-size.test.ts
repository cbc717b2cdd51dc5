import { describe, expect, test } from '@jest/globals';
import { decide } from './decide.ts';
import { SETTINGS, snapshot, SPEC, synchronizationObject } from './testing/builders.ts';

/** What becomes of a Synchronization that leaves out `count` paths of 1,000 characters. */
function decisionFor(count: number, annotations: Readonly<Record<string, string>> = {}) {
  const paths = Array.from({ length: count }, (_, index) => `/${index}`.padEnd(1_000, 'x'));
  const spec = {
    ...SPEC,
    config: { ...SPEC.config, exclude: { paths } },
    worker: { annotations },
  };
  return decide(snapshot({ object: synchronizationObject({ spec }) }), SETTINGS);
}

describe('a spec that does not fit into the annotations of a pod', () => {
  test('is refused before anything is created, with the fields to shorten', () => {
    expect(decisionFor(256)).toMatchObject({
      ...{ action: 'Finish', succeeded: false, reason: 'InvalidSpec' },
      message: expect.stringMatching(
        /^The worker's pod gets .* may have 245760 bytes together; these have 25\d{4} \(spec\.config\.exclude\.paths 25\d{4}, the servers of the two Databases \d+, .*\): shorten the largest\. One glob with \*\* can stand for many paths\.$/,
      ) as unknown,
    });
  });

  test('is refused for its own annotations, too', () => {
    expect(decisionFor(0, { big: 'x'.repeat(240_000) })).toMatchObject({ action: 'MarkStarted' });
    expect(decisionFor(0, { big: 'ü'.repeat(123_000) })).toMatchObject({
      reason: 'InvalidSpec',
      message: expect.stringMatching(/\(spec\.worker\.annotations 246\d{3}, /) as unknown,
    });
  });

  test('begins beyond what anybody needs', () => {
    expect(decisionFor(230)).toEqual({ action: 'MarkStarted' });
  });
});

test('each part is told with its size, and the limit is what is left for others', () => {
  const nodeTypes = Array.from({ length: 64 }, (_, index) => ({
    ...{ glob: `/${index}`.padEnd(1_000, 'x'), type: 'Container' },
  }));
  const paths = Array.from({ length: 200 }, (_, index) => `/${index}`.padEnd(1_000, 'x'));
  const spec = { ...SPEC, config: { ...SPEC.config, exclude: { paths }, nodeTypes } };
  const decision = decide(snapshot({ object: synchronizationObject({ spec }) }), SETTINGS);
  expect(decision).toMatchObject({
    message: expect.stringMatching(
      /\(spec\.config\.exclude\.paths 2\d{5}, spec\.config\.nodeTypes 6\d{4}, the servers of the two Databases 39, /,
    ) as unknown,
  });
});

test('what just fits is taken', () => {
  const action = (bytes: number): string => {
    const worker = { annotations: { big: 'x'.repeat(bytes) } };
    const object = synchronizationObject({ spec: { ...SPEC, worker } });
    return decide(snapshot({ object }), SETTINGS).action;
  };
  const sizeOf = (message: string): number => Number(/these have (\d+)/.exec(message)?.[1]);
  const object = synchronizationObject({
    spec: { ...SPEC, worker: { annotations: { big: 'x'.repeat(245_760) } } },
  });
  const refused = decide(snapshot({ object }), SETTINGS) as { readonly message: string };
  const others = sizeOf(refused.message) - 245_760;
  expect(others).toBeGreaterThan('big'.length);
  expect(action(245_760 - others)).toBe('MarkStarted');
  expect(action(245_760 - others + 1)).toBe('Finish');
});

test('the names of annotations count, too', () => {
  const sizeWith = (name: string): number => {
    const worker = { annotations: { [name]: 'x'.repeat(245_760) } };
    const object = synchronizationObject({ spec: { ...SPEC, worker } });
    const { message } = decide(snapshot({ object }), SETTINGS) as { readonly message: string };
    return Number(/these have (\d+)/.exec(message)?.[1]);
  };
  expect(sizeWith('larger') - sizeWith('big')).toBe(3);
});
