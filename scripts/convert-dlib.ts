import { join } from 'node:path';
import { convertDlib } from './convert-dlib/convert.ts';

// node dist/scripts/convert-dlib.js DIR: dlib's 128-d net as a second embedder, with a catalog of its own.
const [dir] = process.argv.slice(2);
if (dir === undefined) {
  console.error('usage: node dist/scripts/convert-dlib.js DIR');
  process.exit(2);
}
const root = new URL('../../', import.meta.url).pathname;
const catalog = await convertDlib(dir, join(root, 'models', 'catalog.json'));
console.log(`Set models.catalog to ${catalog} and models.embedder to dlib-resnet-128, then run`);
console.log(
  '"facegate models install" and "facegate gallery migrate". Its norms and similarities are of another scale:',
);
console.log(
  'set recognition.quality.minNorm 1.2, enrollment.quality.minNorm 1.25 and recognition.minMargin 0.01.',
);
