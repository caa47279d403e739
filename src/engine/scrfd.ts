import type { ScrfdEntry } from '../config/catalog.ts';
import type { Detection } from '../domain/face.ts';
import type { Decoder } from './decoding.ts';
import { gridLandmarks } from './grid-landmarks.ts';
import type { NamedTensor, Tensors } from './session.ts';

/**
 * Reads SCRFD outputs with landmarks, per stride: scores, distances of the box's sides and landmarks, n = cells times anchors, row-major.
 * Exports differ in names and in shape ([n, k] or [N, n, k]), so outputs are found by their last dimension and length. Source: deepinsight/insightface, scrfd.py.
 */
export function scrfdDecoder({ decoding: { strides, anchors } }: ScrfdEntry): Decoder {
  return (outputs, { count, width, height }, minScore) => {
    const found = Array.from({ length: count }, (): Detection[] => []);
    for (const stride of strides) {
      const columns = Math.ceil(width / stride);
      const perImage = columns * Math.ceil(height / stride) * anchors;
      const scores = outputOf(outputs, 1, count * perImage);
      const sides = outputOf(outputs, 4, count * perImage);
      const points = outputOf(outputs, 10, count * perImage);
      for (let at = 0; at < scores.length; at++) {
        const score = scores[at];
        if (!(score >= minScore)) continue;
        const cell = Math.floor((at % perImage) / anchors);
        const corner = { x: (cell % columns) * stride, y: Math.floor(cell / columns) * stride };
        found[Math.floor(at / perImage)].push({
          box: {
            left: corner.x - sides[4 * at] * stride,
            top: corner.y - sides[4 * at + 1] * stride,
            right: corner.x + sides[4 * at + 2] * stride,
            bottom: corner.y + sides[4 * at + 3] * stride,
          },
          score,
          landmarks: gridLandmarks(points, 10 * at, corner, stride),
        });
      }
    }
    return found;
  };
}

function outputOf(outputs: Tensors, last: number, rows: number): NamedTensor['data'] {
  const found = Object.values(outputs).find(
    ({ dims, data }) => dims.at(-1) === last && data.length === rows * last,
  );
  if (found === undefined) throw new TypeError(`SCRFD gave no output of ${rows} rows of ${last}`);
  return found.data;
}
