/**
 * Process 1 of a container never sees a signal that it does not listen to, and loading the program takes
 * a while. So the launcher listens first, and the program asks it.
 */
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

const KEY = Symbol.for('resiliency-worker.held-signals');

type Signal = (typeof SIGNALS)[number];

interface Signals {
  on(signal: Signal, listener: () => void): unknown;
  off(signal: Signal, listener: () => void): unknown;
  [KEY]?: Held;
}

interface Held {
  readonly signals: Signal[];
  readonly listeners: readonly (readonly [Signal, () => void])[];
}

/** Keeps what comes from now on. */
export function holdSignals(process: Signals): void {
  const signals: Signal[] = [];
  const listeners = SIGNALS.map((signal) => {
    const listener = (): void => {
      signals.push(signal);
    };
    process.on(signal, listener);
    return [signal, listener] as const;
  });
  process[KEY] = { signals, listeners };
}

/** What has come since {@link holdSignals}; from now on somebody else listens. */
export function takeHeldSignals(process: Signals): readonly Signal[] {
  const { signals, listeners } = process[KEY] ?? { signals: [], listeners: [] };
  for (const [signal, listener] of listeners) process.off(signal, listener);
  delete process[KEY];
  return signals;
}
