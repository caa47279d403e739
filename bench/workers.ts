// What workers and threads are worth on this machine: node dist/bench/workers.js [--seconds N] [--json]
// Each setting runs in a process of its own, held to so many cores by taskset, alone and beside four decoders of 1080p.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { testClip } from '../test/support/media.ts';
import { giveUp, table } from './report.ts';
import { type Decoders, startDecoders } from './workers/decoders.ts';
import { type Measured, measureIn, type Setting } from './workers/settings.ts';

const DECODERS = 4;

const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
});
const cores = availableParallelism();
const settings: Setting[] = [1, 2, 4, 8]
  .filter(count => count <= cores)
  .flatMap(count =>
    [1, 2, 4, 8]
      .filter(workers => workers <= Math.max(2, count))
      .flatMap(workers => [1, 2].map(threads => ({ cores: count, workers, threads }))),
  );

interface Row extends Setting, Measured {
  readonly decoders: number;
  /** Seconds of video that each decoder got through in a second: 1 is in time. */
  readonly decoderSpeed?: number;
}

const rows: Row[] = [];
try {
  const clip = await testClip({ width: 1920, height: 1080, container: 'mp4' });
  for (const setting of settings)
    for (const decoders of [0, DECODERS]) rows.push(await row(setting, decoders, clip));
} catch (error) {
  giveUp(error);
}

console.log(
  `this machine has ${cores} cores; eight cameras that want all they can get, one face in each fourth frame; alone: one camera`,
);
console.log(
  table(
    [
      'cores',
      'workers',
      'threads',
      'decoders',
      'frames/s',
      'CPU ms/frame',
      'alone, ms',
      'p95',
      'RSS MB',
      'decoders in time',
    ],
    rows.map(one => [
      ...[one.cores, one.workers, one.threads, one.decoders].map(String),
      one.framesPerSecond.toFixed(0),
      one.cpuMsPerFrame.toFixed(1),
      one.aloneMs.toFixed(1),
      one.aloneP95Ms.toFixed(1),
      one.rssMb.toFixed(0),
      one.decoderSpeed === undefined ? '' : `${Math.round(100 * one.decoderSpeed)} %`,
    ]),
  ),
);
if (options.json) console.log(JSON.stringify({ cores, rows }));

async function row(setting: Setting, count: number, clip: string): Promise<Row> {
  process.stderr.write(`${JSON.stringify(setting)}, ${count} decoders\n`);
  const decoders: Decoders | undefined = count === 0 ? undefined : startDecoders(clip, count, setting.cores);
  try {
    const measured = await measureIn(setting, Number(options.seconds));
    return { ...setting, ...measured, decoders: count, ...(decoders && { decoderSpeed: decoders.speed() }) };
  } finally {
    await decoders?.stop();
  }
}
