import { parentPort, workerData } from 'node:worker_threads';
import { keepHeapSmall } from '../../platform/heap.ts';
import type { KeyMaterial } from '../keys/slot-file.ts';
import { createBatchOpener } from './open-batch.ts';
import type { PersonBatch } from './person-batch.ts';

const open = createBatchOpener(workerData as KeyMaterial);
const port = parentPort!;
port.on('message', (batch: Pick<PersonBatch, 'memory' | 'length'> | 'end') => {
  if (batch === 'end') {
    // Not at once: for the moment that this thread lives a nursery that grows saves a third of its time.
    keepHeapSmall();
    port.close();
    return;
  }
  port.postMessage(open(batch));
});
