import { describe, expect, test } from '@jest/globals';
import { serverError, ZooKeeperError } from '../errors.ts';
import { searchError } from './server-search.ts';

function errorOf(...errors: ZooKeeperError[]): ZooKeeperError {
  return searchError(new Map(errors.map((error, index) => [`zk-${index}:2181`, error])), 1_000);
}

const refused = new ZooKeeperError('ConnectionRefused', 'zk-0: nobody there');

describe('a search in which no server accepted is told by the failure that got furthest', () => {
  test('the answer of a server, by its name and number', () => {
    const error = errorOf(refused, serverError(-5, { operation: 'connect' }));
    expect(error).toMatchObject({ code: 'MarshallingError', serverCode: -5 });
    expect(error.message).toBe(
      'no session within 1000 ms: zk-0: nobody there; connect: MarshallingError',
    );
  });

  test('a lack of trust, before what does not answer', () => {
    const untrusted = new ZooKeeperError('TlsFailed', 'no', { tlsReason: 'untrustedServer' });
    const error = errorOf(refused, untrusted);
    expect(error).toMatchObject({ code: 'TlsFailed', tlsReason: 'untrustedServer' });
  });

  test('silence, where what failed is no word about a server', () => {
    const error = errorOf(new ZooKeeperError('ConnectionLoss', 'lost'));
    expect(error).toMatchObject({ code: 'ConnectTimeout' });
  });

  test('silence, where nothing else is known', () => {
    expect(errorOf()).toMatchObject({
      code: 'ConnectTimeout',
      message: 'no session within 1000 ms',
    });
  });
});
