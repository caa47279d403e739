import type { Picture } from '../domain/image.ts';
import type { Watched } from './zones.ts';

/** Mean luma of the cells of a picture, row by row, 0..255; only whole cells. */
export interface LumaGrid {
  readonly columns: number;
  readonly rows: number;
  readonly means: Float32Array;
}

/** Side of a cell in pixels of the small picture: a head of 5 % of the picture's height fills about two. */
const CELL = 8;
/** Every second pixel in both directions is read: means over 16 pixels are quiet enough, and reading all would cost four times as much. */
const STEP = 2;
const SAMPLES = (CELL / STEP) ** 2;

/** The grid of a picture's `small`; green stands for the luma of rgb24. */
export function lumaGridOf({ small }: Pick<Picture, 'small'>): LumaGrid {
  const columns = Math.floor(small.width / CELL);
  const rows = Math.floor(small.height / CELL);
  const means = new Float32Array(columns * rows);
  const { data } = small;
  const [stride, offset] = small.format === 'rgb24' ? [3, 1] : [1, 0];
  for (let row = 0; row < rows; row++) {
    const first = row * columns;
    for (let line = 0; line < CELL; line += STEP) {
      let at = (row * CELL + line) * small.width * stride + offset;
      for (let column = 0; column < columns; column++, at += CELL * stride)
        means[first + column] +=
          data[at] + data[at + STEP * stride] + data[at + 2 * STEP * stride] + data[at + 3 * STEP * stride];
    }
    for (let column = 0; column < columns; column++) means[first + column] /= SAMPLES;
  }
  return { columns, rows, means };
}

/** For each cell whether any part of it is watched (1 or 0). */
export function watchedCells({ columns, rows }: LumaGrid, isWatched: Watched): Uint8Array {
  const cells = new Uint8Array(columns * rows);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      cells[row * columns + column] = PARTS.some(([x, y]) =>
        isWatched({ x: (column + x) / columns, y: (row + y) / rows }),
      )
        ? 1
        : 0;
  return cells;
}

/** Points that stand for the parts of a cell. */
const PARTS = [0.1, 0.5, 0.9].flatMap(x => [0.1, 0.5, 0.9].map(y => [x, y] as const));
