import type { Box, Landmarks } from './geometry.ts';

/** What the detector found; coordinates in pixels of the picture's `full` image. */
export interface Detection {
  readonly box: Box;
  /** Detection score, 0..1, higher is surer. */
  readonly score: number;
  /** Only from detectors that give them. */
  readonly landmarks?: Landmarks;
}

/** A unit-length vector. Embeddings of different `modelId` are never compared. */
export interface Embedding {
  readonly modelId: string;
  readonly vector: Float32Array;
}

/** What can be said of how usable a face is; raw measures, judged by their readers. */
export interface FaceQuality {
  /** Height of the box in pixels of `full`. */
  readonly height: number;
  /** L2 norm of the embedder's output before normalising; low for blurred, hidden and false faces. */
  readonly norm: number;
  /** (nose.x - mean x of eyes and mouth) / eye distance; 0 is frontal, about 100 degrees per unit. */
  readonly yaw: number;
  /** (nose.y - eyes.y) / (mouth.y - eyes.y); about .55 is level, smaller looks up. */
  readonly pitch: number;
  /** Angle of the eye line in degrees, 0 is level. */
  readonly roll: number;
  /** Variance of the Laplacian of the aligned crop's luma; small is blurred. */
  readonly sharpness: number;
  /** Mean luma of the aligned crop, 0..255. */
  readonly brightness: number;
  /** Share of the aligned crop's pixels that are white (luma of 250 and more), 0..1. */
  readonly clipped: number;
  /** Share of the face (its box, and from brows to chin) that lies inside the picture, 0..1. */
  readonly visible: number;
  /** Mean eye aspect ratio (height by width) where the landmarker tells the lids; open .27 and more, closed below .21. */
  readonly eyeOpenness?: number;
}

/** A detected face with landmarks and embedding. */
export interface Face extends Detection {
  readonly landmarks: Landmarks;
  readonly quality: FaceQuality;
  readonly embedding: Embedding;
  /** Only where it was asked for and could be assessed: how sure the liveness model is that this is no picture or screen, 0..1. */
  readonly liveness?: { readonly live: number };
}

/** Cosine similarity of two embeddings of the same model: their dot product, -1..1. */
export function similarity(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** The unit vector in the direction of `vector` and its length (L2 norm); a zero vector stays zero. */
export function normalize(vector: Float32Array): { unit: Float32Array; norm: number } {
  const norm = Math.sqrt(similarity(vector, vector));
  if (norm === 0) return { unit: new Float32Array(vector.length), norm };
  return { unit: vector.map(value => value / norm), norm };
}
