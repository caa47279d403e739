import type { Image } from '../../../src/domain/image.ts';

/** The rgb24 pixels of a yuv420p image, row by row, from the exact formula. Source: ITU-R BT.601, limited range. */
export function rgbTwin({ width, height, data }: Image): number[] {
  const chromaWidth = Math.ceil(width / 2);
  const planes = [width * height, width * height + chromaWidth * Math.ceil(height / 2)];
  return Array.from({ length: width * height }, (_, pixel) => {
    const [row, column] = [Math.floor(pixel / width), pixel % width];
    const chroma = Math.floor(row / 2) * chromaWidth + Math.floor(column / 2);
    const bright = 1.164383 * (data[pixel]! - 16);
    const [u, v] = planes.map(plane => data[plane + chroma]! - 128);
    return [bright + 1.596027 * v!, bright - 0.391762 * u! - 0.812968 * v!, bright + 2.017232 * u!];
  })
    .flat()
    .map(value => Math.min(255, Math.max(0, Math.round(value))));
}

/** The rgb24 image at a third of its size: rounded means of nine pixels. */
export function thirdTwin(pixels: Uint8Array, width: number, height: number): number[] {
  const out: number[] = [];
  for (let row = 0; row < Math.floor(height / 3); row++)
    for (let column = 0; column < Math.floor(width / 3); column++)
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let at = 0; at < 9; at++) {
          const [y, x] = [3 * row + Math.floor(at / 3), 3 * column + (at % 3)];
          sum += pixels[(y * width + x) * 3 + channel]!;
        }
        out.push(Math.round(sum / 9));
      }
  return out;
}
