// What evidence of several frames is worth against a single frame, at equal TPIR: node dist/bench/fusion.js [--data DIR] [--draws N] [--json]
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigSchema } from '../src/config/schema.ts';
import { describePhotos, personOn, photosDir, photosIn } from '../test/accuracy/photo-pairs.ts';
import { repeatableRandom } from '../test/accuracy/statistics.ts';
import { atRight, compareFusion, TRACK_FRAMES, type TrackPhoto } from '../test/accuracy/track-fusion.ts';
import { openTestEngine } from '../test/support/engine.ts';
import { percent, progress, table, withInterval } from './report.ts';

const INPUT = { width: 640, height: 480 };
const SEED = 3;
/** Thresholds of the single frame whose TPIR is the one compared at. */
const SINGLE_THRESHOLDS = [0.36, 0.38, 0.4, 0.42, 0.44, 0.46];
const THRESHOLDS = Array.from({ length: 34 }, (_, at) => Math.round(320 + 10 * at) / 1000);

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: photosDir },
    draws: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
  },
});
const dir = resolve(options.data);
const all = await photosIn(dir);
const perPerson = new Map<string, number>();
for (const photo of all) perPerson.set(personOn(photo), (perPerson.get(personOn(photo)) ?? 0) + 1);
const photos = all.filter(photo => perPerson.get(personOn(photo))! >= TRACK_FRAMES);

const engine = await openTestEngine();
const faces = await describePhotos(engine, photos, {
  ...{ dir, input: INPUT, mirrored: true },
  onProgress: progress('photos'),
});
await engine.close();
const tracked = photos.flatMap((photo): TrackPhoto[] => {
  const face = faces.get(photo);
  if (face === undefined) return [];
  const { embedding, quality, enrolled } = face;
  return [
    { person: personOn(photo), template: enrolled!.embedding.vector, probe: embedding.vector, quality },
  ];
});

const { minMargin } = ConfigSchema.parse({}).recognition;
const rows = [];
for (const minFrames of [2, TRACK_FRAMES]) {
  const result = await compareFusion(tracked, {
    ...{ draws: Number(options.draws), thresholds: THRESHOLDS, minFrames, minMargin },
    random: repeatableRandom(SEED),
    onProgress: progress(`draws, ${minFrames} frames must agree`),
  });
  for (const threshold of SINGLE_THRESHOLDS) {
    const single = result.single.find(({ similarity }) => similarity === threshold)!;
    const fused = atRight(result.fused, single.right);
    if (fused !== undefined) rows.push({ minFrames, result, single, fused });
  }
}

const { result } = rows[0];
console.log(
  `${dir}: ${tracked.length} photos of people with ${TRACK_FRAMES} photos or more, ${options.draws} draws`,
);
console.log(
  `gallery of ${result.persons.toFixed(0)} people, one photo each; tracks of ${TRACK_FRAMES} other photos: ${result.tracks} of enrolled people, ${result.strangerTracks} of strangers`,
);
console.log(
  table(
    [
      'agree',
      'TPIR',
      'single at',
      'FPIR of the first frame alone',
      'fused at',
      'TPIR',
      'FPIR of the evidence',
      'ratio',
    ],
    rows.map(({ minFrames, single, fused }) => [
      `${minFrames}`,
      percent(single.right / result.tracks),
      single.similarity.toFixed(3),
      withInterval(single.strangers, result.strangerTracks),
      fused.similarity.toFixed(3),
      percent(fused.right / result.tracks),
      withInterval(fused.strangers, result.strangerTracks),
      (fused.strangers / single.strangers).toFixed(3),
    ]),
  ),
);
if (options.json)
  console.log(
    JSON.stringify({
      ...{ tracks: result.tracks, strangers: result.strangerTracks, persons: result.persons },
      rows: rows.map(({ minFrames, single, fused }) => ({
        minFrames,
        tpir: single.right / result.tracks,
        single: { similarity: single.similarity, fpir: single.strangers / result.strangerTracks },
        fused: { similarity: fused.similarity, fpir: fused.strangers / result.strangerTracks },
      })),
    }),
  );
