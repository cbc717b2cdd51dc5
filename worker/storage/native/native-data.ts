/** The servers' own default of `jute.maxbuffer`. */
const MAX_REQUEST_BYTES = 0xfffff;
/** A create besides path and data: header, two lengths, one ACL entry, flags. */
const REQUEST_OVERHEAD_BYTES = 8 + 2 * 4 + 31 + 4;

/**
 * The length the C library takes for "no data". It counts in `int`, to which the addon casts the
 * length of a Buffer without looking: 2^32-1 becomes -1.
 */
const NO_DATA_LENGTH = 0xffff_ffff;

let noData: Buffer | null = null;

/**
 * A Buffer that the addon writes as null. It has no other way to write null, and null is not the
 * same as empty. Its 4 GiB are address space only, for nobody ever touches them.
 */
export function nullData(): Buffer {
  noData ??= Buffer.from(new ArrayBuffer(NO_DATA_LENGTH));
  return noData;
}

/** True if a server with default settings would drop the connection on such a write. */
export function isTooLarge(path: string, data: Buffer | null): boolean {
  const bytes = REQUEST_OVERHEAD_BYTES + Buffer.byteLength(path) + (data?.length ?? 0);
  return bytes > MAX_REQUEST_BYTES;
}
