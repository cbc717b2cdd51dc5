import { describe, expect, test } from '@jest/globals';
import { ClusterError } from './cluster-error.ts';
import { minorOf, parseKubernetesVersion } from './kubernetes-versions.ts';

describe('parseKubernetesVersion', () => {
  test.each([
    { written: '1.34.4', expected: '1.34.4' },
    { written: 'v1.24.17', expected: '1.24.17' },
  ])('takes $written', ({ written, expected }) => {
    expect(parseKubernetesVersion(written)).toBe(expected);
  });

  test('names the releases that are set up when it is given another', () => {
    expect(() => parseKubernetesVersion('1.19.0')).toThrow(ClusterError);
    expect(() => parseKubernetesVersion('1.19.0')).toThrow(/1\.34\.4, 1\.29\.15, 1\.24\.17/);
  });
});

test('minorOf gives the number between the dots', () => {
  expect(minorOf('1.29.15')).toBe(29);
});
