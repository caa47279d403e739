import { repeatableRandom } from '../test/accuracy/statistics.ts';

/** Values of an embedding. */
export const DIMENSION = 512;
/** Templates of each person, one behind the other. */
export const TEMPLATES_PER_PERSON = 5;

/** Faces made up, but shaped as embeddings are: people in twenty groups, alike within each; noisy templates (cosine .6 to .7 to each other). */
export interface MadeUpFaces {
  /** All vectors, `DIMENSION` values each, of unit length. */
  readonly templates: Float32Array;
  /** Nine of ten are new pictures of persons among the first thousand templates, the tenth is a stranger. */
  readonly probes: readonly Float32Array[];
}

const GROUPS = 20;
const GROUP_SHARE = 0.34;
const TEMPLATE_NOISE = 0.73;
const PROBE_NOISE = 0.9;
/** Gaussian values that noise is cut from at random places. */
const TABLE = 2 ** 22;

/** Makes up `count` templates and as many probes as asked for, the same each time. */
export function makeUpFaces(count: number, probeCount: number): MadeUpFaces {
  const random = repeatableRandom(20_260_105);
  const table = Float32Array.from({ length: TABLE + DIMENSION }, () => gaussian(random));
  const near = (base: Float32Array | undefined, share: number, noise: number): Float32Array => {
    const at = Math.floor(random() * TABLE);
    const other = Math.floor(random() * TABLE);
    const scale = noise / Math.sqrt(2 * DIMENSION);
    const vector = new Float32Array(DIMENSION);
    let squares = 0;
    for (let i = 0; i < DIMENSION; i++) {
      const value = (base === undefined ? 0 : base[i] * share) + scale * (table[at + i] - table[other + i]);
      vector[i] = value;
      squares += value * value;
    }
    const length = Math.sqrt(squares);
    for (let i = 0; i < DIMENSION; i++) vector[i] /= length;
    return vector;
  };
  const groups = Array.from({ length: GROUPS }, () => near(undefined, 0, 1));
  const someone = (number: number) => near(groups[number % GROUPS], GROUP_SHARE, 1);
  const templates = new Float32Array(count * DIMENSION);
  const first: Float32Array[] = [];
  for (let row = 0, person = 0; row < count; person++) {
    const face = someone(person);
    if (row < 1000) first.push(face);
    for (let i = 0; i < TEMPLATES_PER_PERSON && row < count; i++, row++)
      templates.set(near(face, 1, TEMPLATE_NOISE), row * DIMENSION);
  }
  const probes = Array.from({ length: probeCount }, (_, at) =>
    near(at % 10 === 9 ? someone(at) : first[(at * 37) % first.length], 1, PROBE_NOISE),
  );
  return { templates, probes };
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
