// A scan worker that fails as the number of rows asks: 1 crashes, 2 hangs; else it answers with that number.
import { parentPort, workerData } from 'node:worker_threads';

if (workerData.layout === 'unusable') throw new Error('cannot start');
parentPort.on('message', ({ rows }) => {
  if (rows.to === 1) throw new Error('crashed on purpose');
  if (rows.to !== 2) parentPort.postMessage([{ rows: Uint32Array.of(rows.to), proof: [] }]);
});
parentPort.postMessage('ready');
