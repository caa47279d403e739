import { type Embedding, type FaceQuality, normalize } from '../domain/face.ts';

/**
 * A track's embeddings as one probe: the direction of their weighted mean, of unit length. What differs from frame to frame cancels
 * out, what is the face's own stays. Measured on lfw-dev (three photos of different days as a track, at equal TPIR): strangers reach
 * it .05 to .12 times as often as a single photo, where the mean left short of unit length gave .13 to .24.
 */
export function fuse(faces: readonly { embedding: Embedding; quality: FaceQuality }[]): Embedding {
  const [{ embedding }] = faces;
  const sum = new Float32Array(embedding.vector.length);
  for (const face of faces) {
    const weight = weightOf(face.quality);
    for (const [at, value] of face.embedding.vector.entries()) sum[at] += weight * value;
  }
  return { modelId: embedding.modelId, vector: normalize(sum).unit };
}

/** Measured on tracks of three sizes from lfw-dev: the norm does as well as equal weights, and weights by size or pose do worse; it keeps a barely usable face from counting in full. */
function weightOf({ norm }: FaceQuality): number {
  return norm;
}
