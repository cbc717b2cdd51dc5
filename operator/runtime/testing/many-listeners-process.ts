/** As many listeners on one signal as a busy operator has. Node's warnings go to standard error. */
import { createAbortController } from '../signals.ts';

const { signal } = createAbortController();
for (let count = 0; count < 50; count++) signal.addEventListener('abort', () => undefined);
