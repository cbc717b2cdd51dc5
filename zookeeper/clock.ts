/** Time as a session sees it; injected, so that tests need not wait. */
export interface Clock {
  /** Milliseconds of a clock that never jumps; only differences mean anything. */
  nowMs(): number;
  /** Calls back once after the delay; the returned function cancels. */
  schedule(delayMs: number, callback: () => void): () => void;
  /** Calls back after the input that has already arrived was handled. */
  afterInput(callback: () => void): void;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  schedule: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
  afterInput: (callback) => {
    setImmediate(callback);
  },
};
