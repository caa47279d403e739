// Facegate beside other face recognition packages for Node, on the same photos and the same machine: node dist/bench/peers.js [--pairs N] [--only NAME] [--json]
// At first use it installs them (bench/peers/package.json) into the cache folder. CPU time of user and system, warm-up apart, medians; one thread each, WebAssembly for the peers.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { havePhotos, photosDir } from '../test/accuracy/photo-pairs.ts';
import { installPeers } from './peers/install.ts';
import type { Measured } from './peers/measure.ts';
import { giveUp, percent, table } from './report.ts';

const NAMES = ['facegate', 'face-api', 'human'];
const TITLES: Readonly<Record<string, string>> = {
  facegate: 'Facegate',
  'face-api': '@vladmandic/face-api 1.7.15',
  human: '@vladmandic/human 3.3.6',
};

const { values: options } = parseArgs({
  options: {
    pairs: { type: 'string', default: '300' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
if (!havePhotos()) giveUp(`${photosDir} is not there: the photos of lfw-dev are needed.`);
const names = NAMES.filter(name => options.only === undefined || options.only === name);
const results = new Map<string, Measured>();
try {
  const folder = installPeers();
  for (const name of names) results.set(name, await measure(name, folder));
} catch (error) {
  giveUp(error);
}

const [{ photos }] = [...results.values()];
console.log(
  `${options.pairs} pairs (${photos} photos) of lfw-dev, spread evenly over its 1,800, ten folds; six group photos`,
);
console.log(
  'CPU time of user and system from the bytes of a JPEG on; one thread each; peers on WebAssembly\n',
);
console.log(
  table(
    [
      '',
      'find, photos/CPU s',
      'describe, faces/CPU s',
      'group photos, faces/CPU s',
      'faces in them',
      'not found',
      'accuracy',
      'of those found',
    ],
    [...results].map(([name, { findMs, faceMs, groupFaces, groupFaceMs, notFound, ...measured }]) => [
      TITLES[name],
      perSecond(findMs),
      perSecond(faceMs),
      perSecond(groupFaceMs),
      `${groupFaces}`,
      `${notFound}`,
      ...[measured.accuracy, measured.accuracyOfFound].map(
        ({ mean, std }) => `${percent(mean)} +- ${percent(std)}`,
      ),
    ]),
  ),
);
console.log(
  '\nCompreFace, Frigate, Viseron and InsightFace Server need Docker or Python packages and are not measured here.',
);
if (options.json) {
  const rows = [...results].map(([name, { findMs, faceMs, groupFaceMs, accuracy, ...counts }]) => ({
    name,
    faces_per_cpu_s: rounded(1000 / faceMs),
    accuracy: accuracy.mean,
    accuracy_std: accuracy.std,
    accuracy_of_found: counts.accuracyOfFound.mean,
    photos_found_per_cpu_s: rounded(1000 / findMs),
    group_faces_per_cpu_s: rounded(1000 / groupFaceMs),
    group_faces: counts.groupFaces,
    not_found: counts.notFound,
  }));
  console.log(JSON.stringify({ rows }));
}

async function measure(name: string, folder: string): Promise<Measured> {
  process.stderr.write(`measuring ${TITLES[name]} ...\n`);
  const child = fork(new URL('./peers/measure.js', import.meta.url), [name, options.pairs, folder], {
    stdio: ['ignore', process.stderr, process.stderr, 'ipc'],
  });
  let measured: Measured | undefined;
  child.on('message', message => {
    measured = message as Measured;
  });
  const [code] = await once(child, 'close');
  if (measured === undefined)
    throw new Error(`${TITLES[name]} ended with code ${code}; look above for the reason.`);
  return measured;
}

function perSecond(ms: number): string {
  return (1000 / ms).toFixed(1);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
