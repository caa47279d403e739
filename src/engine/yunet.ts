import type { YuNetEntry } from '../config/catalog.ts';
import type { Detection } from '../domain/face.ts';
import type { Decoder } from './decoding.ts';
import { gridLandmarks } from './grid-landmarks.ts';

/**
 * Reads YuNet outputs, per stride: class and object scores [N, n, 1], boxes [N, n, 4] and landmarks [N, n, 10], n = cells of the grid, row-major.
 * Source: ShiqiYu/libfacedetection.train, OpenCV FaceDetectorYN.
 */
export function yuNetDecoder({ output, decoding }: YuNetEntry): Decoder {
  return (outputs, { count, width, height }, minScore) => {
    const found = Array.from({ length: count }, (): Detection[] => []);
    for (const [level, stride] of decoding.strides.entries()) {
      const classes = outputs[output.classes[level]].data;
      const objects = outputs[output.objects[level]].data;
      const boxes = outputs[output.boxes[level]].data;
      const points = outputs[output.landmarks[level]].data;
      const columns = Math.floor(width / stride);
      const cells = columns * Math.floor(height / stride);
      if (classes.length !== count * cells)
        throw new TypeError(
          `YuNet gave ${classes.length} cells at stride ${stride}, expected ${count * cells}`,
        );
      for (let at = 0; at < classes.length; at++) {
        const score = Math.sqrt(clamp01(classes[at]) * clamp01(objects[at]));
        if (!(score >= minScore)) continue;
        const cell = at % cells;
        const column = cell % columns;
        const row = Math.floor(cell / columns);
        const x = (column + boxes[4 * at]) * stride;
        const y = (row + boxes[4 * at + 1]) * stride;
        const halfWidth = (Math.exp(boxes[4 * at + 2]) * stride) / 2;
        const halfHeight = (Math.exp(boxes[4 * at + 3]) * stride) / 2;
        found[Math.floor(at / cells)].push({
          box: { left: x - halfWidth, top: y - halfHeight, right: x + halfWidth, bottom: y + halfHeight },
          score,
          landmarks: gridLandmarks(points, 10 * at, { x: column * stride, y: row * stride }, stride),
        });
      }
    }
    return found;
  };
}

function clamp01(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
