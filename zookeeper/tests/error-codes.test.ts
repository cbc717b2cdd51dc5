import { expect, test } from '@jest/globals';
import { errorCodeOf } from '../errors.ts';
import { errorCodes } from '../testing/error-codes.ts';

/** Where ours says better what it is about: not SASL alone, and not the operation. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  SESSIONCLOSEDREQUIRESASLAUTH: 'SESSIONCLOSEDREQUIREAUTH',
  THROTTLEDOP: 'THROTTLED',
};

test.each(errorCodes)('the error $code of a server has a name, $name', ({ code, name }) => {
  expect(errorCodeOf(code).toUpperCase()).toBe(OTHER_NAMES[name] ?? name);
});
