import { describe, expect, test } from '@jest/globals';
import {
  controllerOf,
  controllerReference,
  deepFreeze,
  formatKey,
  keyOf,
  MalformedObjectError,
  parseKey,
  parseKubeObject,
} from './objects.ts';

const raw = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: {
    name: 'j',
    namespace: 'ns',
    uid: 'u',
    resourceVersion: '7',
    generation: 3,
    labels: { a: 'b' },
    finalizers: ['keep.me/please'],
    managedFields: [{ manager: 'kubectl' }],
    ownerReferences: [
      { apiVersion: 'v1', kind: 'A', name: 'a', uid: '1' },
      { apiVersion: 'v1', kind: 'B', name: 'b', uid: '2', controller: true },
    ],
  },
  spec: { parallelism: 1 },
};

describe('an object of the API server', () => {
  test('is taken with its metadata checked, and nothing lost that must be sent back', () => {
    const object = parseKubeObject(raw);
    expect(object.spec).toEqual({ parallelism: 1 });
    expect(object.metadata).toMatchObject({
      name: 'j',
      generation: 3,
      finalizers: ['keep.me/please'],
    });
    expect(object.metadata.annotations).toEqual({});
    expect('managedFields' in object.metadata).toBe(false);
    expect(controllerOf(object)?.uid).toBe('2');
    expect(keyOf(object)).toEqual({ namespace: 'ns', name: 'j' });
  });

  test('in a list takes its kind from the list', () => {
    const { apiVersion: _apiVersion, kind: _kind, ...item } = raw;
    expect(_kind).toBe('Job');
    expect(_apiVersion).toBe('batch/v1');
    expect(parseKubeObject(item, { apiVersion: 'batch/v1', kind: 'Job' }).kind).toBe('Job');
    expect(() => parseKubeObject(item)).toThrow(MalformedObjectError);
  });

  test.each([
    { name: 'null', value: null },
    { name: 'a list', value: [] },
    { name: 'without metadata', value: { ...raw, metadata: undefined } },
    { name: 'without a uid', value: { ...raw, metadata: { ...raw.metadata, uid: '' } } },
    { name: 'without a version', value: { ...raw, metadata: { name: 'a', uid: 'u' } } },
  ])('that is none is refused: $name', ({ value }) => {
    expect(() => parseKubeObject(value)).toThrow(MalformedObjectError);
  });
});

test('a child is controlled by its owner and does not block its deletion', () => {
  expect(controllerReference(parseKubeObject(raw))).toEqual({
    apiVersion: 'batch/v1',
    kind: 'Job',
    name: 'j',
    uid: 'u',
    controller: true,
    blockOwnerDeletion: false,
  });
});

test('keys survive being written and read', () => {
  const key = { namespace: 'ns', name: 'a.b' };
  expect(parseKey(formatKey(key))).toEqual(key);
});

test('what is frozen is frozen all the way down', () => {
  const value = deepFreeze({ a: [{ b: 1 }] });
  expect(Object.isFrozen(value.a[0])).toBe(true);
});
