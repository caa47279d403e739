import { parentPort, workerData } from 'node:worker_threads';
import { keepHeapSmall } from '../platform/heap.ts';
import type { Analyser } from './analyser.ts';
import { openAnalyser } from './analyser.ts';
import type { Job, WorkerMessage, WorkerSetup } from './jobs.ts';

const port = parentPort!;
const say = (message: WorkerMessage) => port.postMessage(message);

keepHeapSmall();
try {
  const analyser = await openAnalyser(workerData as WorkerSetup);
  port.on('message', (job: Job) => void answer(analyser, job));
  say({ kind: 'ready' });
} catch (error) {
  say({ kind: 'unusable', reason: (error as Error).message });
}

async function answer(analyser: Analyser, job: Job): Promise<void> {
  try {
    say({ kind: 'done', ...(await perform(analyser, job)) });
  } catch (error) {
    say({ kind: 'failed', reason: (error as Error).message });
  }
}

function perform(analyser: Analyser, job: Job) {
  if (job.kind === 'detect') return analyser.detect(job);
  return job.kind === 'describe' ? analyser.describe(job) : analyser.assess(job);
}
