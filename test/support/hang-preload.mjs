// Loaded before the daemon (node --import): makes its threads hang on command, as a defect would.
import { existsSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const flag = process.env.HANG_WORKERS_WHILE;
const never = new Int32Array(new SharedArrayBuffer(4));
const hangWhileFlagged = () => {
  while (existsSync(flag)) Atomics.wait(never, 0, 0, 50);
};

if (isMainThread)
  process.on('SIGUSR2', () => {
    for (;;) Atomics.wait(never, 0, 0);
  });
else if (flag !== undefined) {
  hangWhileFlagged();
  setInterval(hangWhileFlagged, 20).unref();
}
