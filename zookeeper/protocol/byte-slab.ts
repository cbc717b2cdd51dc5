const SLAB_BYTES = 16 * 1024;

/** From this size on a copy gets memory of its own. */
const OWN_ALLOCATION_BYTES = 4 * 1024;

/** Bytes that will not be overwritten. */
export interface KeptBytes {
  buffer: Buffer;
  /** The same bytes, for reading numbers out of them. */
  view: DataView;
  offset: number;
}

let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
let slabView = viewOf(slab);
let used = 0;

/**
 * Copies bytes out of a receive buffer. Handing out views instead would let ten kept bytes hold
 * 64 KiB; one allocation per copy would cost more than the copying. Slabs are filled once and
 * left to the garbage collector, so sharing one between connections is safe.
 */
export function keepBytes(source: Buffer, start: number, end: number): KeptBytes {
  const length = end - start;
  if (length > OWN_ALLOCATION_BYTES) {
    const buffer = Buffer.allocUnsafeSlow(length);
    source.copy(buffer, 0, start, end);
    return { buffer, view: viewOf(buffer), offset: 0 };
  }
  if (used + length > SLAB_BYTES) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    slabView = viewOf(slab);
    used = 0;
  }
  const offset = used;
  source.copy(slab, offset, start, end);
  used += length;
  return { buffer: slab, view: slabView, offset };
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
