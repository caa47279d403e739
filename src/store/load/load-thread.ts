import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Logger } from '../../platform/logger.ts';
import type { KeyMaterial } from '../keys/slot-file.ts';
import type { BatchOpener, OpenedBatch } from './open-batch.ts';
import type { PersonBatch } from './person-batch.ts';

/** A thread that opens batches. */
export interface LoadThread {
  /** Batches are answered in order; leave one alone until it is. Where the thread is lost, the caller's own opens what it had. */
  open(batch: PersonBatch): Promise<OpenedBatch>;
  close(): Promise<void>;
}

/** Starts a thread of the program `file`, which holds the keys of `material` until `close`. */
export function startLoadThread(options: {
  file: URL;
  material: KeyMaterial;
  openHere: BatchOpener;
  log: Logger;
}): LoadThread {
  const { file, material, openHere, log } = options;
  const worker = new Worker(file, { workerData: material, name: 'facegate-load' });
  const waiting: { batch: PersonBatch; answer: (opened: OpenedBatch | Promise<OpenedBatch>) => void }[] = [];
  let isLost = false;
  let isClosed = false;
  const here = async (batch: PersonBatch) => openHere(batch);

  const lose = (reason: string): void => {
    if (isLost || isClosed) return;
    isLost = true;
    log.warn({ reason }, 'A thread that opens the gallery was lost; the main thread does its work.');
    for (const { batch, answer } of waiting.splice(0)) answer(here(batch));
  };
  worker.on('message', (opened: OpenedBatch) => waiting.shift()?.answer(opened));
  worker.on('error', error => lose(error.message));
  worker.on('exit', code => lose(`ended with code ${code}`));

  return {
    open: batch => {
      if (isLost) return here(batch);
      const { memory, length } = batch;
      worker.postMessage({ memory, length });
      return new Promise(answer => waiting.push({ batch, answer }));
    },
    close: async () => {
      isClosed = true;
      if (isLost) return;
      const ended = once(worker, 'exit');
      worker.postMessage('end');
      await ended;
    },
  };
}
