// Stands in for the engine's worker: finds nothing, and fails in the way that the width of the picture names.
import { parentPort } from 'node:worker_threads';

const CRASH = 11;
const HANG = 12;
const FAIL = 13;
const SLOW = 14;

parentPort.on('message', job => {
  const width = job.pictures?.[0].image.width;
  if (width === CRASH) throw new Error('crashed on purpose');
  while (width === HANG) Math.random();
  if (width === FAIL) return parentPort.postMessage({ kind: 'failed', reason: 'failed on purpose' });
  const result = (job.pictures ?? job.detections).map(() => []);
  const answer = () => parentPort.postMessage({ kind: 'done', result, busyMs: { detect: 1 } });
  return width === SLOW ? setTimeout(answer, 50) : answer();
});
parentPort.postMessage({ kind: 'ready' });
