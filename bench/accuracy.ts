// Accuracy of the whole chain on a folder of photos: node dist/bench/accuracy.js --data DIR [--out DIR] [--input WxH] [--probe plain|mirrored] [--json]
// DIR holds pairs.tsv (heading, then same, file, file) and images/. Progress goes to stderr, the report to stdout.
// In every comparison one photo is enrolled as the daemon does it, with its mirror image; the other is the probe: plain, as a camera's frame, or mirrored too.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { similarity } from '../src/domain/face.ts';
import { createOperatingPoint } from '../src/gallery/operating-point.ts';
import { decodeStill } from '../src/ingest/still-image.ts';
import { calibrationOf, compareAll, type EmbeddedPhoto, operationAt } from '../test/accuracy/all-pairs.ts';
import { detPlot } from '../test/accuracy/det-plot.ts';
import { openSet } from '../test/accuracy/identification.ts';
import {
  describePhotos,
  type PhotoPair,
  personOn,
  photosDir,
  photosIn,
  photosOf,
  readPairs,
} from '../test/accuracy/photo-pairs.ts';
import { sweepSizes } from '../test/accuracy/size-sweep.ts';
import { repeatableRandom } from '../test/accuracy/statistics.ts';
import { type Score, tenFoldAccuracy } from '../test/accuracy/verification.ts';
import { openTestEngine } from '../test/support/engine.ts';
import { giveUp, percent, progress, table, withInterval } from './report.ts';

const FMRS = ['1e-2', '1e-3', '1e-4', '1e-5'] as const;
const GALLERIES = [20, 100, 400];
const FPIRS = [1e-1, 1e-2, 1e-3, 1e-4];
const DRAWS = 5;
const HEIGHTS = [94, 80, 56, 40, 28, 20];
const SWEEP_PAIRS = 200;

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: photosDir },
    out: { type: 'string' },
    input: { type: 'string', default: '640x480' },
    probe: { type: 'string', default: 'plain' },
    json: { type: 'boolean', default: false },
  },
});
const dir = resolve(options.data);
const out =
  options.out === undefined ? mkdtempSync(join(tmpdir(), 'facegate-accuracy-')) : resolve(options.out);
mkdirSync(out, { recursive: true });
const [width, height] = options.input.split('x').map(Number);
const input = { width, height };

const engine = await openTestEngine();
const pairs = await readPairs(dir).catch(giveUp);
const photos = [...new Set([...(await photosIn(dir)), ...photosOf(pairs)])];
const faces = await describePhotos(engine, photos, {
  ...{ dir, input, mirrored: true },
  onProgress: progress('photos'),
});
const embedded = [...faces]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([photo, { enrolled, ...plain }]): EmbeddedPhoto & { photo: string } => ({
    photo,
    person: personOn(photo),
    template: enrolled!.embedding.vector,
    probe: (options.probe === 'mirrored' ? enrolled! : plain).embedding.vector,
  }));
/** Both photos as they are: what the mirror images are worth. */
const asTheyAre = embedded.map(photo => {
  const vector = faces.get(photo.photo)!.embedding.vector;
  return { ...photo, template: vector, probe: vector };
});

console.log(`${dir}: ${photos.length} photos, ${pairs.length} pairs; detector input ${options.input}`);
console.log(
  'In every comparison one photo is enrolled (with its mirror image), the other is the probe (without).',
);
const missing = photos.length - faces.size;
console.log(`\nfailure to enroll (no face found)   ${withInterval(missing, photos.length)}`);
const accuracy = tenFoldAccuracy(scoresOf(pairs));
console.log(`10-fold accuracy over the pairs     ${percent(accuracy.mean)} +- ${percent(accuracy.std)}`);

const all = compareAll(embedded);
const unmirrored = compareAll(asTheyAre);
const tar = verification();
const calibration = calibrationOf(
  all.impostor,
  `${basename(dir)}: ${faces.size} photos of ${new Set(embedded.map(({ person }) => person)).size} people, every pair of two people, one photo enrolled with its mirror image, the other as ${options.probe} probe`,
);
writeFileSync(join(out, 'calibration.json'), `${JSON.stringify(calibration, null, 2)}\n`);
identification();
await sizes();
await engine.close();

const curves = [
  { name: 'enrolled with its mirror image', colour: '#06c', pairs: all },
  { name: 'without mirror images', colour: '#c60', pairs: unmirrored },
];
writeFileSync(join(out, 'det.svg'), detPlot(`${engine.embedderId} on ${basename(dir)}, all pairs`, curves));
console.log(`\nDET plot and calibration table: ${out}`);
if (options.json) {
  const fte = photos.length === 0 ? 0 : missing / photos.length;
  console.log(JSON.stringify({ pairs: pairs.length, fte, accuracy, tar }));
}

function scoresOf(list: readonly PhotoPair[]): Score[] {
  const photoOf = new Map(embedded.map(one => [one.photo, one]));
  return list.map(({ same, first, second }) => {
    const [a, b] = [photoOf.get(first), photoOf.get(second)];
    return { same, similarity: a && b ? similarity(a.template, b.probe) : -1 };
  });
}

function verification(): Record<string, number> {
  console.log(`\nall pairs: ${all.genuine.total} of one person, ${all.impostor.total} of two`);
  const operations = FMRS.map(target => ({ target, ...operationAt(all, Number(target)) }));
  const rows = operations.map(({ target, similarity: threshold, fmr, fnmr }) => [
    target,
    threshold.toFixed(4),
    withInterval(fmr.count, fmr.of),
    withInterval(fnmr.count, fnmr.of),
    percent(1 - fnmr.rate),
    percent(1 - operationAt(unmirrored, Number(target)).fnmr.rate),
  ]);
  console.log(table(['FMR', 'similarity', 'FMR measured', 'FNMR', 'TAR', 'TAR without mirror images'], rows));
  return Object.fromEntries(operations.map(({ target, fnmr }) => [target, 1 - fnmr.rate]));
}

function identification(): void {
  console.log(`\nopen-set 1:N, template = mean of up to two photos, ${DRAWS} random galleries each`);
  const rows = GALLERIES.flatMap(persons => {
    const result = openSet(embedded, { persons, draws: DRAWS, random: repeatableRandom(persons) });
    if (result === undefined) return [];
    const { right, wrong, strangers } = result;
    return FPIRS.map(targetFpir => {
      const point = createOperatingPoint(calibration, { targetFpir, minSimilarity: 'auto' })(persons);
      return [
        `${persons}`,
        targetFpir.toExponential(),
        `${point.similarity}${point.supported ? '' : ' (not supported)'}`,
        withInterval(right.reaching(point.similarity), right.total + wrong.total),
        withInterval(wrong.reaching(point.similarity), right.total + wrong.total),
        withInterval(strangers.reaching(point.similarity), strangers.total),
      ];
    });
  });
  console.log(table(['N', 'target FPIR', 'similarity', 'TPIR', 'wrong person', 'FPIR measured'], rows));
}

async function sizes(): Promise<void> {
  const genuine = pairs.filter(({ same }) => same).slice(0, SWEEP_PAIRS);
  const longest = new Map<string, number>();
  for (const { second } of genuine) longest.set(second, await longestSide(second));
  const results = await sweepSizes(engine, genuine, {
    ...{ dir, faces, heights: HEIGHTS, input },
    longestSide: photo => longest.get(photo)!,
    onProgress: progress('size sweep, pairs'),
  });
  console.log(`\nface size: probe shrunk to a box height, ${genuine.length} same-person pairs`);
  const thresholds = [1e-3, 1e-4, 1e-5].map(fmr => operationAt(all, fmr).similarity);
  const rows = results.map(({ height: pixels, similarities, notFound, medianNorm }) => [
    `${pixels}`,
    `${notFound}`,
    medianNorm.toFixed(2),
    ...thresholds.map(least =>
      withInterval(similarities.filter(value => value >= least).length, similarities.length),
    ),
  ]);
  const head = thresholds.map(value => `TAR at ${value.toFixed(3)}`);
  console.log(table(['px', 'not found', 'median norm', ...head], rows));
}

async function longestSide(photo: string): Promise<number> {
  const bytes = await readFile(join(dir, 'images', photo));
  const still = await decodeStill(bytes, { maxPixels: 100_000_000, input });
  return Math.max(still.width, still.height);
}
