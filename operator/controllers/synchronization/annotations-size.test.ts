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
