// Verification accuracy of the whole chain over the photo pairs of ../shared/data/lfw-dev: node dist/bench/accuracy.js [WIDTHxHEIGHT]
import { describePhotos, photosOf, readPairs } from '../test/accuracy/photo-pairs.ts';
import { type Score, tarAtFmr, tarOverAllPairs, tenFoldAccuracy } from '../test/accuracy/verification.ts';
import { openTestEngine } from '../test/support/engine.ts';

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

const [width, height] = (process.argv[2] ?? '640x480').split('x').map(Number);
const started = performance.now();
const engine = await openTestEngine();
const pairs = await readPairs();
const photos = photosOf(pairs);
const faces = await describePhotos(engine, photos, { width, height });
await engine.close();

const vectorOf = (photo: string) => faces.get(photo)?.embedding.vector;
const scores = pairs.map(({ same, first, second }): Score => {
  const [a, b] = [vectorOf(first), vectorOf(second)];
  if (a === undefined || b === undefined) return { same, similarity: -1 };
  return { same, similarity: a.reduce((sum, value, i) => sum + value * b[i], 0) };
});
const embedded = [...faces].map(([photo, { embedding }]) => ({
  person: photo.split('/')[0],
  vector: embedding.vector,
}));
const all = tarOverAllPairs(embedded, [1e-3, 1e-4, 1e-5]);

console.log(`detector input ${width}x${height}, ${photos.length} photos, ${pairs.length} pairs`);
console.log(`failure to enroll      ${photos.length - faces.size} of ${photos.length}`);
console.log(`10-fold accuracy       ${percent(tenFoldAccuracy(scores))}`);
for (const fmr of [1e-2, 1e-3]) {
  const { tar, threshold } = tarAtFmr(scores, fmr);
  console.log(`pairs      FMR ${fmr.toExponential(0)}  TAR ${percent(tar)} at ${threshold.toFixed(3)}`);
}
for (const { fmr, tar, threshold } of all.results)
  console.log(`all pairs  FMR ${fmr.toExponential(0)}  TAR ${percent(tar)} at ${threshold.toFixed(3)}`);
console.log(`(${all.genuine} genuine, ${all.impostor} impostor pairs)`);
console.log(`${((performance.now() - started) / 1000).toFixed(0)} s`);
