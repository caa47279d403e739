// One contestant in a process of its own, so that nobody else's work counts: fork(measure.js, [NAME, PAIRS, FOLDER]); the result is sent to the parent.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { photosDir, photosOf, readPairs } from '../../test/accuracy/photo-pairs.ts';
import { tenFoldAccuracy } from '../../test/accuracy/verification.ts';
import { groupPhoto } from '../../test/support/media.ts';
import type { Contestant, DescribedFace } from './contestant.ts';
import { openFaceApi } from './face-api.ts';
import { openFacegate } from './facegate.ts';
import { openHuman } from './human.ts';
import { everyNth } from './subset.ts';

/** What was measured of one contestant; costs are medians over the photos. */
export interface Measured {
  readonly photos: number;
  /** CPU milliseconds to find the faces of a portrait; to find and describe them, per face. */
  readonly findMs: number;
  readonly faceMs: number;
  /** Group photos: faces described, and CPU milliseconds for each. */
  readonly groupFaces: number;
  readonly groupFaceMs: number;
  readonly notFound: number;
  readonly accuracy: { readonly mean: number; readonly std: number };
  /** Without the pairs in which a face was not found, which count as two people otherwise. */
  readonly accuracyOfFound: { readonly mean: number; readonly std: number };
}

const WARM_UP = 8;
const FIND_ONLY = 60;
const GROUPS = [1, 2, 3, 4, 5, 6] as const;
const CONTESTANTS: Readonly<Record<string, (folder: string) => Promise<Contestant>>> = {
  facegate: openFacegate,
  'face-api': openFaceApi,
  human: openHuman,
};

const [, , name, pairCount, folder] = process.argv;
const contestant = await CONTESTANTS[name](folder);
const pairs = everyNth(await readPairs(), Number(pairCount));
const photos = await Promise.all(
  photosOf(pairs).map(async photo => ({ photo, bytes: await readFile(join(photosDir, 'images', photo)) })),
);
for (const { bytes } of photos.slice(0, WARM_UP)) {
  await contestant.find(bytes);
  await contestant.describe(bytes);
}

const findMs: number[] = [];
for (const { bytes } of photos.slice(0, FIND_ONLY))
  findMs.push((await cpuMs(() => contestant.find(bytes))).ms);

const faceMs: number[] = [];
const vectors = new Map<string, Float32Array>();
for (const { photo, bytes } of photos) {
  const { ms, result: faces } = await cpuMs(() => contestant.describe(bytes));
  if (faces.length > 0) faceMs.push(ms / faces.length);
  const central = mostCentral(faces);
  if (central !== undefined) vectors.set(photo, central.vector);
}

let groupFaces = 0;
let groupMs = 0;
for (const number of GROUPS) {
  const bytes = await readFile(await groupPhoto(number));
  const { ms, result: faces } = await cpuMs(() => contestant.describe(bytes));
  groupFaces += faces.length;
  groupMs += ms;
}

const scores = pairs.map(({ same, first, second }) => {
  const [a, b] = [vectors.get(first), vectors.get(second)];
  return { same, similarity: a && b ? contestant.similarity(a, b) : -1 };
});
const measured: Measured = {
  ...{ photos: photos.length, findMs: median(findMs), faceMs: median(faceMs) },
  ...{ groupFaces, groupFaceMs: groupMs / groupFaces },
  notFound: photos.length - vectors.size,
  accuracy: tenFoldAccuracy(scores),
  accuracyOfFound: tenFoldAccuracy(
    scores.filter((_, at) => vectors.has(pairs[at].first) && vectors.has(pairs[at].second)),
  ),
};
await contestant.close();
process.send!(measured, () => process.disconnect());

async function cpuMs<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { ms: (user + system) / 1000, result };
}

/** The named person's face: the photos are 250 pixels wide and high. */
function mostCentral(faces: readonly DescribedFace[]): DescribedFace | undefined {
  const offCentre = ({ box }: DescribedFace) =>
    Math.hypot(box.left + box.right - 250, box.top + box.bottom - 250);
  return [...faces].sort((a, b) => offCentre(a) - offCentre(b))[0];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
