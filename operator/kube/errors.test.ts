import { describe, expect, test } from '@jest/globals';
import { ApiException } from '@kubernetes/client-node';
import {
  apiErrorMessage,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isInvalid,
  isNamespaceTerminating,
  isNotFound,
  isRefusal,
  isRetryable,
  KubeApiError,
  KubeConnectionError,
} from './errors.ts';

const predicates = {
  isNotFound,
  isAlreadyExists,
  isConflict,
  isGone,
  isForbidden,
  isInvalid,
  isRefusal,
  isRetryable,
};

const cases: readonly {
  readonly code: number;
  readonly reason: string;
  readonly holds: readonly (keyof typeof predicates)[];
}[] = [
  { code: 404, reason: 'NotFound', holds: ['isNotFound'] },
  { code: 409, reason: 'AlreadyExists', holds: ['isAlreadyExists', 'isRetryable'] },
  { code: 409, reason: 'Conflict', holds: ['isConflict', 'isRetryable'] },
  { code: 410, reason: 'Gone', holds: ['isGone', 'isRetryable'] },
  { code: 410, reason: 'Expired', holds: ['isGone', 'isRetryable'] },
  { code: 403, reason: 'Forbidden', holds: ['isForbidden', 'isRefusal'] },
  { code: 401, reason: 'Unauthorized', holds: [] },
  { code: 400, reason: 'BadRequest', holds: ['isInvalid', 'isRefusal'] },
  { code: 422, reason: 'Invalid', holds: ['isInvalid', 'isRefusal'] },
  { code: 413, reason: 'RequestEntityTooLarge', holds: ['isRefusal'] },
  { code: 429, reason: 'TooManyRequests', holds: ['isRetryable'] },
  { code: 500, reason: 'InternalError', holds: ['isRetryable'] },
  { code: 503, reason: 'ServiceUnavailable', holds: ['isRetryable'] },
];

function holding(error: unknown): string[] {
  return Object.entries(predicates)
    .filter(([, predicate]) => predicate(error))
    .map(([name]) => name);
}

describe.each(cases)('$code $reason', ({ code, reason, holds }) => {
  test('of our own client', () => {
    const error = new KubeApiError({ code, reason, message: 'm', request: 'GET /x' });
    expect(holding(error)).toEqual(
      Object.keys(predicates).filter((name) => holds.includes(name as never)),
    );
  });

  test.each([
    { form: 'an object', body: { kind: 'Status', reason, message: 'm' } },
    { form: 'text', body: JSON.stringify({ kind: 'Status', reason, message: 'm' }) },
  ])('of client-node, with its body as $form', ({ body }) => {
    const error = new ApiException(code, 'Error', body, {});
    expect(holding(error).sort()).toEqual([...holds].sort());
    expect(apiErrorMessage(error)).toBe('m');
  });
});

test('a connection error is worth a retry and nothing else', () => {
  expect(holding(new KubeConnectionError('reset'))).toEqual(['isRetryable']);
});

test.each([new Error('x'), Object.assign(new Error('x'), { code: 'ENOENT' }), 'text', undefined])(
  'anything else is none of them: %p',
  (error) => {
    expect(holding(error)).toEqual([]);
  },
);

test('a namespace that is being deleted is told from a right that is missing', () => {
  const message = 'jobs.batch "a" is forbidden: because it is being terminated';
  const refused = (code: number, causes: readonly string[]) =>
    new KubeApiError({ code, reason: 'Forbidden', message, causes, request: 'POST /x' });
  expect(isNamespaceTerminating(refused(403, ['NamespaceTerminating']))).toBe(true);
  expect(isNamespaceTerminating(refused(403, ['Other', 'NamespaceTerminating']))).toBe(true);
  expect(isNamespaceTerminating(refused(403, ['Other']))).toBe(false);
  expect(isNamespaceTerminating(refused(403, []))).toBe(false);
  expect(isNamespaceTerminating(refused(409, ['NamespaceTerminating']))).toBe(false);
  expect(isNamespaceTerminating(new Error(message))).toBe(false);
  const causes = [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }, 'no cause'];
  const body = { kind: 'Status', reason: 'Forbidden', message, details: { causes } };
  expect(isNamespaceTerminating(new ApiException(403, 'Error', body, {}))).toBe(true);
});

test('a webhook that does not answer refuses, another internal error does not', () => {
  const internal = (message: string) =>
    new KubeApiError({ code: 500, reason: 'InternalError', message, request: 'POST /x' });
  const text = 'Internal error occurred: failed calling webhook "policy.example.com": no endpoints';
  expect(isRefusal(internal(text))).toBe(true);
  expect(isRefusal(internal('Internal error occurred: etcdserver: leader changed'))).toBe(false);
});

test('the message of the server is found, whoever decorated it', () => {
  const details = {
    code: 404,
    reason: 'NotFound',
    message: 'pods "a" not found',
    request: 'GET /x',
  };
  expect(apiErrorMessage(new KubeApiError(details))).toBe('pods "a" not found');
  expect(apiErrorMessage(new Error('plain'))).toBe('plain');
  expect(apiErrorMessage('thrown text')).toBe('thrown text');
});
