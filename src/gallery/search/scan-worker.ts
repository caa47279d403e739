import { parentPort, workerData } from 'node:worker_threads';
import { keepHeapSmall } from '../../platform/heap.ts';
import { type FreshMemory, touchPages } from './fresh-memory.ts';
import type { ScanJob, ScanSetup } from './scan-thread.ts';
import { createScanner } from './scanner.ts';

keepHeapSmall();
const { module, memory, layout } = workerData as ScanSetup;
const scanner = createScanner({ module, memory, layout, scratch: layout.scratch.worker });
const port = parentPort!;
port.on('message', (message: ScanJob | FreshMemory) => {
  if ('probes' in message) port.postMessage(scanner.scan(message.probes, message.rows));
  else touchPages(message);
});
port.postMessage('ready');
