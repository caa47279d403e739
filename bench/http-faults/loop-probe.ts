// Loaded into the daemon by NODE_OPTIONS=--import: writes each block of its event loop of more than 10 ms into $LOOP_PROBE_FILE.
import { appendFileSync, readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const TICK_MS = 10;
const file = process.env.LOOP_PROBE_FILE;

if (isMainThread && file !== undefined) {
  let cpu = mainThreadMs();
  let at = performance.now();
  setInterval(() => {
    const [cpuNow, now] = [mainThreadMs(), performance.now()];
    // Only time that this thread computed counts: on a busy machine it also waits for its turn.
    const ms = Math.min(cpuNow - cpu, now - at - TICK_MS);
    [cpu, at] = [cpuNow, now];
    if (ms > TICK_MS) appendFileSync(file, `${JSON.stringify({ at: Date.now(), ms })}\n`);
  }, TICK_MS).unref();
}

/** The first field of proc(5)'s schedstat: nanoseconds on a processor. */
function mainThreadMs(): number {
  const text = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8');
  return Number(text.slice(0, text.indexOf(' '))) / 1e6;
}
