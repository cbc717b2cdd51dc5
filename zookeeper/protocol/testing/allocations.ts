type Allocator = (size: number, ...rest: unknown[]) => Buffer;

const allocators = ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const;

/**
 * Does some work and returns the size of the largest buffer that it asked for. Copies and joined
 * buffers come by one of these allocators too.
 */
export function watchAllocations(work: () => void): number {
  let largestBytes = 0;
  const originals = allocators.map((name) => [name, Reflect.get(Buffer, name)] as const);
  for (const [name, original] of originals) {
    const watched: Allocator = (size, ...rest) => {
      largestBytes = Math.max(largestBytes, size);
      return Reflect.apply(original, Buffer, [size, ...rest]) as Buffer;
    };
    Reflect.set(Buffer, name, watched);
  }
  try {
    work();
  } finally {
    for (const [name, original] of originals) Reflect.set(Buffer, name, original);
  }
  return largestBytes;
}
