import { EncodedStat, statFields } from '../../stat.ts';

/** Hexadecimal digits without the blanks between the fields. */
export function hex(...parts: readonly string[]): string {
  return parts.join('').replaceAll(' ', '');
}

/** The frame of a payload: its length in front. */
export function framed(payloadHex: string): Buffer {
  const payload = Buffer.from(payloadHex, 'hex');
  const length = Buffer.alloc(4);
  length.writeInt32BE(payload.length);
  return Buffer.concat([length, payload]);
}

/** A Stat whose fields all differ, the 64-bit ones beyond what a number holds. */
export const goldenStat = {
  hex: hex(
    '0100000000000001 0100000000000002 0000019900000003 0000019900000004',
    '00000005 fffffffa 00000007 fffffffffffffff8 00000009 0000000a 010000000000000b',
  ),
  fields: {
    czxid: 0x0100_0000_0000_0001n,
    mzxid: 0x0100_0000_0000_0002n,
    ctime: 0x0000_0199_0000_0003n,
    mtime: 0x0000_0199_0000_0004n,
    version: 5,
    cversion: -6,
    aversion: 7,
    ephemeralOwner: -8n,
    dataLength: 9,
    numChildren: 10,
    pzxid: 0x0100_0000_0000_000bn,
  },
} as const;

/** A reply with every encoded Stat decoded, for comparisons. */
export function plain(value: unknown): unknown {
  if (value instanceof EncodedStat) return statFields(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
