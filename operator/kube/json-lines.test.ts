import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readJsonLines } from './json-lines.ts';

async function* toChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (let index = 0; start < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    yield await Promise.resolve(bytes.subarray(start, start + size));
    start += size;
  }
}

async function collect(text: string, sizes: readonly number[] = [7]): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of readJsonLines(toChunks(Buffer.from(text), sizes))) values.push(value);
  return values;
}

test('values survive whatever way their bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.jsonValue(), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      async (values, sizes) => {
        const json = values.map((value) => JSON.stringify(value));
        const text = json.map((line) => `${line}\n`).join('');
        expect(await collect(text, sizes)).toEqual(json.map((line) => JSON.parse(line) as unknown));
      },
    ),
  );
});

test('empty lines are skipped, a last line without end is dropped', async () => {
  expect(await collect('1\n\n \n2\n{"cut":')).toEqual([1, 2]);
});

test('a line that is not JSON is an error, not a gap', async () => {
  await expect(collect('1\n<html>\n2\n')).rejects.toThrow(SyntaxError);
});
