import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { StartupError } from '../domain/errors.ts';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'write 64 lower-case hex digits');
const TensorName = z.string().min(1);
const MaxIou = z.number().min(0).max(1);
const Strides = z.array(z.int().min(1)).min(1);

const Source = z.union([
  z.strictObject({
    npm: z.string().regex(/^(@[a-z0-9._-]+\/)?[a-z0-9._-]+@\d+\.\d+\.\d+$/, 'write name@1.2.3'),
    integrity: z.string().regex(/^sha512-[A-Za-z0-9+/]+={0,2}$/),
    tarballSha256: Sha256,
    member: z.string().min(1),
    sha256: Sha256,
  }),
  z.strictObject({ file: z.string().min(1), sha256: Sha256.optional() }),
]);

/** Pixels the graph was made for; `value = (byte - mean) / std`. `colour` is the order of its channels. */
const Input = z.strictObject({
  size: z.union([
    z.literal('any'),
    z.strictObject({ width: z.int().min(1).max(4096), height: z.int().min(1).max(4096) }),
  ]),
  multipleOf: z.int().min(1).default(1),
  layout: z.enum(['nchw', 'nhwc']),
  colour: z.enum(['rgb', 'bgr', 'gray']),
  mean: z.union([z.number(), z.tuple([z.number(), z.number(), z.number()])]),
  std: z.number().positive(),
});

const common = {
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'use 1 to 64 of a-z, 0-9, "." and "-"'),
  version: z.int().min(1),
  source: Source,
  rewrites: z.array(z.enum(['cut-outputs', 'blocked-prelu'])).default([]),
  preparedSha256: Sha256.optional(),
  licence: z.string().min(1),
  provenance: z.string().min(1),
  input: Input,
};

const UltraFace = z.strictObject({
  ...common,
  task: z.literal('detector'),
  family: z.literal('ultraface'),
  output: z.strictObject({ scores: TensorName, boxes: TensorName }),
  decoding: z
    .strictObject({
      boxes: z.enum(['priors', 'corners']),
      strides: Strides,
      minSizes: z.array(z.array(z.number().positive()).min(1)),
      variances: z.tuple([z.number().positive(), z.number().positive()]),
      maxIou: MaxIou,
      /** Boxes of higher faces (pixels of the input) are unreliable; they are sought in the reduced picture. */
      maxFaceHeight: z.number().min(16).optional(),
    })
    .refine(
      ({ strides, minSizes }) => strides.length === minSizes.length,
      'give one list of minSizes per stride',
    ),
});

const YuNet = z.strictObject({
  ...common,
  task: z.literal('detector'),
  family: z.literal('yunet'),
  output: z.strictObject({
    classes: z.array(TensorName),
    objects: z.array(TensorName),
    boxes: z.array(TensorName),
    landmarks: z.array(TensorName),
  }),
  decoding: z.strictObject({ strides: Strides, maxIou: MaxIou }),
});

const Scrfd = z.strictObject({
  ...common,
  task: z.literal('detector'),
  family: z.literal('scrfd'),
  decoding: z.strictObject({ strides: Strides, anchors: z.int().min(1), maxIou: MaxIou }),
});

const Square = z.strictObject({ scale: z.number().positive(), shiftDown: z.number().min(-1).max(1) });

const Landmark68 = z.strictObject({
  ...common,
  task: z.literal('landmarker'),
  family: z.literal('landmark68'),
  output: z.strictObject({ points: TensorName }),
  /** The square around a box: side in heights of the box, shift in heights; for a second look, around the points of the first. */
  crop: Square.extend({ secondLook: Square.optional() }),
});

const TemplatePoint = z.tuple([z.number(), z.number()]);

/** What strangers reach with this embedder, measured by the accuracy harness: FMR and the cosine similarity at it. */
const Calibration = z.strictObject({
  dataset: z.string().min(1),
  comparisons: z.int().min(1),
  points: z
    .array(z.strictObject({ fmr: z.number().positive().max(1), similarity: z.number().min(-1).max(1) }))
    .min(1)
    .refine(isStricterEachTime, 'order the points by falling fmr; the similarity must not fall'),
});

const ArcFace = z.strictObject({
  ...common,
  task: z.literal('embedder'),
  family: z.literal('arcface'),
  output: z.strictObject({ embedding: TensorName }),
  dim: z.int().min(8).max(4096),
  template: z.tuple([TemplatePoint, TemplatePoint, TemplatePoint, TemplatePoint, TemplatePoint]),
  quality: z.strictObject({ minNorm: z.number().min(0), minEnrollNorm: z.number().min(0) }),
  calibration: Calibration.optional(),
});

/** A net that looks at the face and what surrounds it: the box times `scale`, stretched to the input. */
const MiniFasNet = z.strictObject({
  ...common,
  task: z.literal('liveness'),
  family: z.literal('minifasnet'),
  output: z.strictObject({ scores: TensorName }),
  /** Which of its classes is a living face. */
  liveClass: z.int().min(0),
  /** The crop is made smaller, down to `minScale`, where the picture has less around the face; then the face is not assessed. */
  crop: z
    .strictObject({ scale: z.number().min(1), minScale: z.number().min(1) })
    .refine(({ scale, minScale }) => minScale <= scale, 'minScale must not be above scale'),
  /** Lower faces (pixels of the full picture) are not assessed. */
  minFaceHeight: z.number().min(1),
});

const CatalogSchema = z.strictObject({
  models: z.array(z.discriminatedUnion('family', [UltraFace, YuNet, Scrfd, Landmark68, ArcFace, MiniFasNet])),
});

export type Catalog = z.output<typeof CatalogSchema>;
export type CatalogEntry = Catalog['models'][number];
export type ModelSource = CatalogEntry['source'];
export type ModelInput = CatalogEntry['input'];
export type UltraFaceEntry = z.output<typeof UltraFace>;
export type YuNetEntry = z.output<typeof YuNet>;
export type ScrfdEntry = z.output<typeof Scrfd>;
export type DetectorEntry = UltraFaceEntry | YuNetEntry | ScrfdEntry;
export type LandmarkerEntry = z.output<typeof Landmark68>;
export type Calibration = z.output<typeof Calibration>;
export type EmbedderEntry = z.output<typeof ArcFace>;
export type LivenessEntry = z.output<typeof MiniFasNet>;

/** The models of one engine; a landmarker only where the detector gives no landmarks, a liveness model only where one is wanted. */
export interface ModelSet {
  readonly detector: DetectorEntry;
  readonly landmarker?: LandmarkerEntry;
  readonly embedder: EmbedderEntry;
  readonly liveness?: LivenessEntry;
}

/** Reads and checks a catalog; files it names are resolved against its own folder. Throws StartupError with the path and the reason. */
export async function loadCatalog(file: string): Promise<Catalog> {
  const { models } = parse(await read(file), file);
  const ids = models.map(({ id }) => id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined)
    throw new StartupError(
      `The model catalog ${file} lists "${twice}" twice; give each model an id of its own.`,
    );
  const here = dirname(file);
  return {
    models: models.map(model =>
      'file' in model.source
        ? { ...model, source: { ...model.source, file: resolve(here, model.source.file) } }
        : model,
    ),
  };
}

/** The entries that the configuration names, that of a liveness model only where it is wanted. Throws StartupError if one is missing or does another task. */
export function selectModels(
  catalog: Catalog,
  ids: { detector: string; landmarker: string; embedder: string; liveness: string },
  wanted: { liveness: boolean } = { liveness: false },
): ModelSet {
  const detector = entryFor(catalog, 'detector', ids.detector);
  const embedder = entryFor(catalog, 'embedder', ids.embedder);
  const liveness = wanted.liveness ? { liveness: entryFor(catalog, 'liveness', ids.liveness) } : {};
  if (detector.family !== 'ultraface') return { detector, embedder, ...liveness };
  const landmarker = entryFor(catalog, 'landmarker', ids.landmarker);
  return { detector, landmarker, embedder, ...liveness };
}

type EntryFor<Task> = Extract<CatalogEntry, { task: Task }>;

function entryFor<Task extends CatalogEntry['task']>(
  catalog: Catalog,
  task: Task,
  id: string,
): EntryFor<Task> {
  const entries = catalog.models.filter((entry): entry is EntryFor<Task> => entry.task === task);
  const found = entries.find(entry => entry.id === id);
  if (found === undefined)
    throw new StartupError(
      `models.${task} names "${id}", but the catalog has only these: ${entries.map(entry => entry.id).join(', ') || 'none'}.`,
    );
  return found;
}

function isStricterEachTime(points: readonly { fmr: number; similarity: number }[]): boolean {
  return points.every(
    ({ fmr, similarity }, at) =>
      at === 0 || (fmr < points[at - 1].fmr && similarity >= points[at - 1].similarity),
  );
}

async function read(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new StartupError(`Cannot read the model catalog ${file}: ${(cause as Error).message}.`, { cause });
  }
}

function parse(json: unknown, file: string): Catalog {
  const result = CatalogSchema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new StartupError(
    `The model catalog ${file} is wrong at ${issue.path.join('.') || 'its top'}: ${issue.message}.`,
  );
}
