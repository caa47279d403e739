import type { UltraFaceEntry } from '../config/catalog.ts';
import type { Detection } from '../domain/face.ts';
import type { Box } from '../domain/geometry.ts';
import type { BatchShape, Decoder } from './decoding.ts';

type Size = Pick<BatchShape, 'width' | 'height'>;

/**
 * Reads UltraFace outputs: scores [N, A, 2] (softmax, the face is second) and boxes [N, A, 4], either corners in 0..1 or offsets from priors.
 * Source: Linzaer, Ultra-Light-Fast-Generic-Face-Detector-1MB; SSD box coding (Liu 2016).
 */
export function ultraFaceDecoder({ output, decoding }: UltraFaceEntry): Decoder {
  const known = new Map<string, Float32Array>();
  const priorsFor = (size: Size): Float32Array => {
    const key = `${size.width}x${size.height}`;
    const priors = known.get(key) ?? makePriors(decoding, size);
    known.set(key, priors);
    return priors;
  };
  return (outputs, shape, minScore) => {
    const scores = outputs[output.scores].data;
    const boxes = outputs[output.boxes].data;
    const anchors = scores.length / 2 / shape.count;
    const priors = decoding.boxes === 'priors' ? priorsFor(shape) : undefined;
    if (boxes.length !== 2 * scores.length || (priors !== undefined && priors.length !== 4 * anchors))
      throw new TypeError(
        `UltraFace gave ${anchors} anchors, which does not fit ${shape.width}x${shape.height}`,
      );
    return Array.from({ length: shape.count }, (_, image) => {
      const found: Detection[] = [];
      for (let anchor = 0; anchor < anchors; anchor++) {
        const score = scores[2 * (image * anchors + anchor) + 1];
        if (!(score >= minScore)) continue;
        const at = 4 * (image * anchors + anchor);
        const box =
          priors === undefined
            ? cornerBox(boxes, at, shape)
            : priorBox(boxes, at, priors, 4 * anchor, decoding.variances, shape);
        found.push({ box, score });
      }
      return found;
    });
  };
}

/** Centre and size (0..1 of the input) of every anchor: stride by stride, row-major, then by size. */
function makePriors(
  { strides, minSizes }: UltraFaceEntry['decoding'],
  { width, height }: Size,
): Float32Array {
  const priors: number[] = [];
  for (const [level, stride] of strides.entries())
    for (let row = 0; row < Math.ceil(height / stride); row++)
      for (let column = 0; column < Math.ceil(width / stride); column++)
        for (const size of minSizes[level])
          priors.push(
            ((column + 0.5) * stride) / width,
            ((row + 0.5) * stride) / height,
            size / width,
            size / height,
          );
  return Float32Array.from(priors);
}

/** The box that the four numbers at `at` tell as an offset from the prior at `prior`. */
function priorBox(
  boxes: ArrayLike<number>,
  at: number,
  priors: Float32Array,
  prior: number,
  [centre, extent]: readonly [number, number],
  { width, height }: Size,
): Box {
  const w = priors[prior + 2];
  const h = priors[prior + 3];
  const middleX = (priors[prior] + boxes[at] * centre * w) * width;
  const middleY = (priors[prior + 1] + boxes[at + 1] * centre * h) * height;
  const halfWidth = (w * Math.exp(boxes[at + 2] * extent) * width) / 2;
  const halfHeight = (h * Math.exp(boxes[at + 3] * extent) * height) / 2;
  return {
    left: middleX - halfWidth,
    top: middleY - halfHeight,
    right: middleX + halfWidth,
    bottom: middleY + halfHeight,
  };
}

function cornerBox(boxes: ArrayLike<number>, at: number, { width, height }: Size): Box {
  return {
    left: boxes[at] * width,
    top: boxes[at + 1] * height,
    right: boxes[at + 2] * width,
    bottom: boxes[at + 3] * height,
  };
}
