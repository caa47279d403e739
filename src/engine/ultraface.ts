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
        const code = boxes.subarray(4 * (image * anchors + anchor), 4 * (image * anchors + anchor + 1));
        const box =
          priors === undefined
            ? cornerBox(code, shape)
            : priorBox(code, priors.subarray(4 * anchor, 4 * anchor + 4), decoding.variances, shape);
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

function priorBox(
  [dx, dy, dw, dh]: ArrayLike<number> & Iterable<number>,
  [x, y, w, h]: Float32Array,
  [centre, extent]: readonly [number, number],
  { width, height }: Size,
): Box {
  const middleX = (x + dx * centre * w) * width;
  const middleY = (y + dy * centre * h) * height;
  const halfWidth = (w * Math.exp(dw * extent) * width) / 2;
  const halfHeight = (h * Math.exp(dh * extent) * height) / 2;
  return {
    left: middleX - halfWidth,
    top: middleY - halfHeight,
    right: middleX + halfWidth,
    bottom: middleY + halfHeight,
  };
}

function cornerBox(
  [left, top, right, bottom]: ArrayLike<number> & Iterable<number>,
  { width, height }: Size,
): Box {
  return { left: left * width, top: top * height, right: right * width, bottom: bottom * height };
}
