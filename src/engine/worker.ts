import { parentPort, workerData } from 'node:worker_threads';
import type { Analyser } from './analyser.ts';
import { openAnalyser } from './analyser.ts';
import type { Job, WorkerMessage, WorkerSetup } from './jobs.ts';

const port = parentPort!;
const say = (message: WorkerMessage) => port.postMessage(message);

try {
  const analyser = await openAnalyser(workerData as WorkerSetup);
  port.on('message', (job: Job) => void answer(analyser, job));
  say({ kind: 'ready' });
} catch (error) {
  say({ kind: 'unusable', reason: (error as Error).message });
}

async function answer(analyser: Analyser, job: Job): Promise<void> {
  try {
    const done = job.kind === 'detect' ? await analyser.detect(job) : await analyser.describe(job);
    say({ kind: 'done', ...done });
  } catch (error) {
    say({ kind: 'failed', reason: (error as Error).message });
  }
}
