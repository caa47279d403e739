import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Face } from '../../src/domain/face.ts';
import type { Box } from '../../src/domain/geometry.ts';
import type { Image } from '../../src/domain/image.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { decodeStill } from '../../src/ingest/still-image.ts';
import { repositoryRoot } from '../support/engine.ts';

/** Two photos (paths below the data's `images/`), of the same person or not. */
export interface PhotoPair {
  readonly same: boolean;
  readonly first: string;
  readonly second: string;
}

/** Where the photos lie: beside the repository, never in it. */
export const photosDir: string = join(repositoryRoot, '../shared/data/lfw-dev');

/** Whether the photos are there. */
export function havePhotos(): boolean {
  return existsSync(join(photosDir, 'pairs.tsv'));
}

/** All pairs, in the order of the file. */
export async function readPairs(): Promise<PhotoPair[]> {
  const [, ...lines] = (await readFile(join(photosDir, 'pairs.tsv'), 'utf8')).trim().split('\n');
  return lines.map(line => {
    const [same, first, second] = line.split('\t');
    return { same: same === '1', first, second };
  });
}

/** Every photo that the pairs name, once. */
export function photosOf(pairs: readonly PhotoPair[]): string[] {
  return [...new Set(pairs.flatMap(({ first, second }) => [first, second]))];
}

/** The face of each photo (the most central: it is the named person's, others may be larger), through the whole chain of an upload; absent where none is found. */
export async function describePhotos(
  engine: Engine,
  photos: readonly string[],
  input: { width: number; height: number },
): Promise<Map<string, Face>> {
  const found = new Map<string, Face>();
  const waiting = [...photos];
  const work = async () => {
    for (let photo = waiting.pop(); photo !== undefined; photo = waiting.pop()) {
      const face = await describePhoto(engine, await readFile(join(photosDir, 'images', photo)), input);
      if (face !== undefined) found.set(photo, face);
    }
  };
  await Promise.all([work(), work(), work()]);
  return found;
}

async function describePhoto(
  engine: Engine,
  bytes: Uint8Array,
  input: { width: number; height: number },
): Promise<Face | undefined> {
  const { picture } = await decodeStill(bytes, { maxPixels: 1_000_000, input });
  const detections = await engine.detect(picture, 'upload');
  const offCentre = ({ box }: { box: Box }) => distanceFromCentre(box, picture.full);
  const central = detections.sort((a, b) => offCentre(a) - offCentre(b)).slice(0, 1);
  const [face] = await engine.describe(picture, central, { lane: 'upload' });
  return face;
}

function distanceFromCentre(box: Box, image: Image): number {
  return Math.hypot(box.left + box.right - image.width, box.top + box.bottom - image.height);
}
