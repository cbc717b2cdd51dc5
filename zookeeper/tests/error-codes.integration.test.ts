import { expect, test } from '@jest/globals';
import { errorCodes } from '../testing/error-codes.ts';
import { errorCodesOf } from '../testing/index.ts';

test('the error codes that tests go through are all that ZooKeeper has', async () => {
  expect(await errorCodesOf()).toEqual(errorCodes);
});
