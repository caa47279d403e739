// Attacks on the REST server of a daemon as users run it: node dist/bench/faults-http.js [--seed N] [--mutations 10000] [--guesses 10000]
// [--ids 100000] [--seconds 12] [--connections 400] [--only PART] [--json]. Ends with 1 where one of the promises below is broken; the last line is JSON.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../src/config/paths.ts';
import { attackIds } from '../test/support/id-attacks.ts';
import { personPhoto } from './clips.ts';
import { withCameras } from './http-faults/cameras.ts';
import { createChance } from './http-faults/chance.ts';
import { sendForms, sendImages } from './http-faults/floods.ts';
import { guessTokens } from './http-faults/guesses.ts';
import { type LoadOutcome, loads, measureLoad } from './http-faults/load.ts';
import { slowAttack, slowClients } from './http-faults/slow.ts';
import { exchange, RAW_CASES } from './http-faults/smuggling.ts';
import { openTarget, type Target } from './http-faults/target.ts';
import { giveUp, table } from './report.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
    mutations: { type: 'string', default: '10000' },
    guesses: { type: 'string', default: '10000' },
    ids: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '12' },
    connections: { type: 'string', default: '400' },
    only: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
  },
});
const PARTS = ['images', 'forms', 'slow', 'guesses', 'raw', 'ids', 'load', 'cameras'] as const;
const MALFORMED = join(packageRoot(), '../shared/data/malformed');
const seed = Number(values.seed);
const chance = createChance(seed);
const problems: string[] = [];
const figures: Record<string, unknown> = { seed };

/** Tells what was found, and remembers what should not be. */
const promise = (holds: boolean, otherwise: string) => void (holds || problems.push(otherwise));
const tell = (line: string) => void process.stdout.write(`${line}\n`);
const wanted = (part: (typeof PARTS)[number]) => values.only.length === 0 || values.only.includes(part);

await main().catch(giveUp);

async function main(): Promise<void> {
  tell(`seed ${seed}`);
  const photo = readFileSync(await personPhoto());
  if (wanted('ids')) await ids();
  if (PARTS.some(part => part !== 'ids' && part !== 'cameras' && wanted(part))) await attack(photo);
  if (wanted('cameras'))
    await withCameras(async withFour => {
      figures.load_cameras = await load(withFour, photo, 'four cameras');
      promise(
        (await withFour.cameras()).every(({ phase }) => phase === 'live'),
        'a camera is not live',
      );
    });
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = problems.length > 0 ? 1 : 0;
  if (values.json) tell(JSON.stringify({ ...figures, problems: problems.length }));
}

async function attack(photo: Buffer): Promise<void> {
  const target = await openTarget();
  try {
    const before = await target.known();
    if (wanted('images')) await images(target, photo);
    if (wanted('forms')) await forms(target);
    if (wanted('raw')) await raw(target);
    if (wanted('guesses')) await guesses(target);
    if (wanted('slow')) await slow(target);
    if (wanted('load')) figures.load_idle = await load(target, photo, 'no camera');
    promise((await target.known()) === before, 'the photo of before is matched in another way');
    const peak = target.peakMb();
    figures.daemon_peak_mb = Math.round(peak.daemon);
    tell(`most memory of the daemon: ${peak.daemon.toFixed(0)} MB`);
    promise(!target.log().includes('"level":"error"'), 'the daemon logged an error');
  } finally {
    await target.close();
  }
}

async function images(target: Target, photo: Buffer): Promise<void> {
  const corpus = filesIn(['jpeg', 'png', 'webp', 'gif', 'tiff', 'bmp']);
  const { rows, ...sums } = await sendImages(target, {
    photo,
    corpus,
    mutations: Number(values.mutations),
    chance,
  });
  tell(
    table(
      ['images', 'sent', 'decoded', 'refused', 'otherwise', 'slowest ms', 'computing ms', 'decoder MB'],
      rows,
    ),
  );
  figures.images = sums;
  promise(sums.otherwise === 0, `${sums.otherwise} images were answered neither 200 nor 4xx`);
  promise(sums.computedMs <= 1000, `an image took ${sums.computedMs} ms of computing: ${sums.dearestName}`);
  // What its limit leaves of the addresses that its threads only reserve.
  promise(sums.decoderMb <= 350, `the decoder took ${sums.decoderMb} MB`);
  promise(target.peakMb().daemon <= 300, `the daemon took ${target.peakMb().daemon.toFixed(0)} MB`);
}

async function forms(target: Target): Promise<void> {
  const outcome = await sendForms(target, { corpus: filesIn(['multipart']), chance });
  tell(
    `forms: ${outcome.sent}, refused ${outcome.refused}, longest block ${outcome.longestBlockMs} ms (${outcome.longestName})`,
  );
  figures.forms = outcome;
  promise(
    outcome.refused === outcome.sent,
    `${outcome.sent - outcome.refused} forms were not refused: ${outcome.taken}`,
  );
  promise(
    outcome.longestBlockMs <= 50,
    `${outcome.longestName} blocked the event loop for ${outcome.longestBlockMs} ms`,
  );
}

async function raw(target: Target): Promise<void> {
  const rows = [];
  for (const { name, bytes, most } of RAW_CASES) {
    const { statuses, closed } = await exchange(target.port, bytes);
    const fine = statuses.length <= most && closed && statuses.every(status => status >= 400);
    rows.push([name, statuses.join(' ') || 'none', closed ? 'closed' : 'open']);
    promise(fine, `${name}: answered ${statuses.join(' ') || 'nothing'}, ${closed ? 'closed' : 'left open'}`);
  }
  tell(table(['bytes that are no request', 'answers', 'connection'], rows));
  figures.raw_cases = rows.length;
}

async function guesses(target: Target): Promise<void> {
  const outcome = await guessTokens(target, Number(values.guesses), chance);
  tell(`guesses at tokens: ${JSON.stringify(outcome)}`);
  figures.guesses = outcome;
  const { 401: refused = 0, 429: limited = 0 } = outcome.byStatus;
  promise(refused + limited === outcome.guesses, 'a guess was answered neither 401 nor 429');
  promise(limited >= outcome.guesses * 0.9 || outcome.guesses < 200, 'guesses were not limited');
  promise(outcome.bodies <= 1 && outcome.logged === 0, 'a guess was told something, or was logged');
  promise(outcome.heldUp === 0, `${outcome.heldUp} calls with a valid token were held up`);
}

async function slow(target: Target): Promise<void> {
  const rows = [];
  for (const client of slowClients()) {
    const outcome = await slowAttack(target, client, {
      count: Number(values.connections),
      seconds: Number(values.seconds),
    });
    const { name, asked, failed, p99, longestLife } = outcome;
    rows.push([name, `${asked}`, `${failed}`, p99.toFixed(0), (longestLife / 1000).toFixed(1)]);
    promise(
      failed === 0 && p99 <= 200,
      `${name}: ${failed} of ${asked} calls failed, p99 ${p99.toFixed(0)} ms`,
    );
  }
  tell(
    table(
      [`${values.connections} connections with`, 'calls meanwhile', 'failed', 'p99 ms', 'longest life s'],
      rows,
    ),
  );
  figures.slow_p99_ms = Math.max(...rows.map(row => Number(row[3])));
}

async function ids(): Promise<void> {
  await attackIds(Number(values.ids), seed).catch(error => promise(false, `ids: ${error}`));
  tell(`ids: ${values.ids}`);
  figures.ids = Number(values.ids);
}

async function load(target: Target, photo: Buffer, situation: string): Promise<LoadOutcome[]> {
  const outcomes = [];
  for (const each of loads(photo)) outcomes.push(await measureLoad(target, each, Number(values.seconds)));
  const rows = outcomes.map(({ name, perSecond, p50, p99, slowest, byStatus, longestBlockMs }) => [
    ...[name, perSecond.toFixed(1), p50.toFixed(0), p99.toFixed(0), slowest.toFixed(0)],
    ...[longestBlockMs.toFixed(0), JSON.stringify(byStatus)],
  ]);
  tell(table([`load (${situation})`, 'a second', 'p50', 'p99', 'slowest', 'block', 'answers'], rows));
  for (const { name, byStatus } of outcomes) {
    const odd = Object.keys(byStatus).filter(status => status !== '200' && status !== '503');
    promise(odd.length === 0, `${name}: answered ${odd.join(', ')}`);
  }
  return outcomes;
}

/** The files of these folders of the corpus; none, with a word, where it is absent. */
function filesIn(folders: readonly string[]): [string, Buffer][] {
  if (!existsSync(MALFORMED)) {
    process.stderr.write(`${MALFORMED} is absent: its files are not sent.\n`);
    return [];
  }
  return folders.flatMap(folder =>
    readdirSync(join(MALFORMED, folder)).map((name): [string, Buffer] => [
      name,
      readFileSync(join(MALFORMED, folder, name)),
    ]),
  );
}
