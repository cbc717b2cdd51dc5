import { StringDecoder } from 'node:string_decoder';

/** An object is at most 1.5 MB in etcd; as JSON, escaped, it stays far below this. */
const MAX_LINE_CHARACTERS = 64 * 1024 * 1024;

/**
 * Yields one JSON value a line, however the bytes are cut into chunks. A last line without its
 * newline is a cut stream and is dropped: the server ends each event with one.
 *
 * @throws SyntaxError on a line that is not JSON, RangeError on one without end.
 */
export async function* readJsonLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.write(Buffer.from(chunk))).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARACTERS) throw new RangeError('a line of the stream has no end');
    for (const line of lines) {
      if (line.trim() !== '') yield JSON.parse(line) as unknown;
    }
  }
}
