import { parentPort, workerData } from 'node:worker_threads';
import { keepHeapSmall } from '../../platform/heap.ts';
import type { ScanJob, ScanSetup } from './scan-thread.ts';
import { createScanner } from './scanner.ts';

keepHeapSmall();
const { module, memory, layout } = workerData as ScanSetup;
const scanner = createScanner({ module, memory, layout, scratch: layout.scratch.worker });
const port = parentPort!;
port.on('message', ({ probes, rows }: ScanJob) => port.postMessage(scanner.scan(probes, rows)));
port.postMessage('ready');
