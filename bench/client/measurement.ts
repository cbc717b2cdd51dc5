import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';

/** What one run cost the process that did it. */
export interface Measurement {
  readonly wallMs: number;
  /** Of all threads, garbage collection and compilation included. */
  readonly cpuMs: number;
  /** Growth of the JavaScript heap: all that was allocated, if there was no collection. */
  readonly heapBytes: number;
  /** The same of the memory of Buffers. */
  readonly bufferBytes: number;
  /** Garbage collections meanwhile. */
  readonly collections: number;
}

declare const gc: () => void;

/** Runs `work` once, on a heap without garbage. Needs `--expose-gc`. */
export async function measure(work: () => Promise<void>): Promise<Measurement> {
  let collections = 0;
  // The memory of Buffers is released beside the first collection, and for sure by the second.
  gc();
  await setImmediate();
  gc();
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  await work();
  const wallMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  const after = process.memoryUsage();
  await setImmediate();
  observer.disconnect();
  return {
    wallMs,
    cpuMs: (user + system) / 1_000,
    heapBytes: after.heapUsed - memory.heapUsed,
    bufferBytes: after.arrayBuffers - memory.arrayBuffers,
    collections,
  };
}
