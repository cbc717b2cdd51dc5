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

/** How long the request is; that of an update has a little less beside path and data. */
export function bytesOfWrite({
  path,
  data,
}: {
  readonly path: string;
  readonly data: Buffer | null;
}): number {
  return REQUEST_OVERHEAD_BYTES + Buffer.byteLength(path) + (data?.length ?? 0);
}
