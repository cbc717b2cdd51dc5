/** Name of the one container of a worker's pod: what `kubectl logs` shows by default. */
export const WORKER_CONTAINER = 'worker';
