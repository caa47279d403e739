import type { Box } from '../domain/geometry.ts';
import type { Image } from '../domain/image.ts';

/** A part of an image as rgb24, each pixel the mean of `reduction` x `reduction` pixels of the image; its corner lies at (left, top) of the image. */
export interface Cut {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly reduction: number;
}

/** A map of the plane: (x, y) becomes (xx * x + xy * y + x0, yx * x + yy * y + y0). */
export interface Affine {
  readonly xx: number;
  readonly xy: number;
  readonly x0: number;
  readonly yx: number;
  readonly yy: number;
  readonly y0: number;
}

/** What lies outside the image: nothing, or its outermost pixels drawn on. */
export type Edge = 'black' | 'replicate';

/**
 * Resamples part of an image: pixel (x, y) of the result shows the image at `toImage` of that pixel's centre, bilinear, and
 * averaged first where it is scaled down, so that no pixel of the image is skipped. rgb24, row-major, width x height x 3.
 */
export function resample(
  image: Image,
  toImage: Affine,
  size: { width: number; height: number },
  edge: Edge,
): Uint8Array {
  const step = Math.hypot(toImage.xx, toImage.yx);
  const cut = cutRegion(image, footprint(toImage, size), Math.max(1, Math.floor(step)));
  return sample(cut, toImage, size, edge);
}

/** The part of an image that a box touches (clipped to the image), with a pixel around it for interpolation. */
export function cutRegion(image: Image, box: Box, reduction: number): Cut {
  const left = clamp(Math.floor(box.left) - reduction, 0, image.width);
  const top = clamp(Math.floor(box.top) - reduction, 0, image.height);
  const right = clamp(Math.ceil(box.right) + reduction, left, image.width);
  const bottom = clamp(Math.ceil(box.bottom) + reduction, top, image.height);
  const width = Math.ceil((right - left) / reduction);
  const height = Math.ceil((bottom - top) / reduction);
  const cut = { data: new Uint8Array(width * height * 3), width, height, left, top, reduction };
  if (image.format === 'rgb24') averageRgb(image, cut);
  else if (reduction === 1) convertYuv(image, cut);
  else averageYuv(image, cut);
  return cut;
}

function averageRgb({ data, width, height }: Image, cut: Cut): void {
  const { reduction } = cut;
  for (let row = 0, out = 0; row < cut.height; row++) {
    const y0 = cut.top + row * reduction;
    const y1 = Math.min(y0 + reduction, height);
    for (let column = 0; column < cut.width; column++, out += 3) {
      const x0 = cut.left + column * reduction;
      const x1 = Math.min(x0 + reduction, width);
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let y = y0; y < y1; y++)
        for (let at = (y * width + x0) * 3, end = (y * width + x1) * 3; at < end; at += 3) {
          red += data[at];
          green += data[at + 1];
          blue += data[at + 2];
        }
      const count = (y1 - y0) * (x1 - x0);
      cut.data[out] = red / count + 0.5;
      cut.data[out + 1] = green / count + 0.5;
      cut.data[out + 2] = blue / count + 0.5;
    }
  }
}

/** What `averageYuv` does where there is nothing to average: faster, and most faces are that small. */
function convertYuv({ data, width, height }: Image, cut: Cut): void {
  const pixels = new Uint8ClampedArray(cut.data.buffer);
  const chromaWidth = (width + 1) >> 1;
  const toV = chromaWidth * ((height + 1) >> 1);
  for (let row = 0, out = 0; row < cut.height; row++) {
    const y = cut.top + row;
    const line = y * width;
    const uLine = width * height + (y >> 1) * chromaWidth;
    for (let x = cut.left; x < cut.left + cut.width; x++, out += 3) {
      const u = uLine + (x >> 1);
      putYuv(pixels, out, data[line + x], data[u], data[u + toV]);
    }
  }
}

/** ITU-R BT.601, limited range; as it is linear, the mean may be converted. */
function putYuv(pixels: Uint8ClampedArray, at: number, luma: number, u: number, v: number): void {
  const bright = 1.164383 * (luma - 16);
  const blueness = u - 128;
  const redness = v - 128;
  pixels[at] = bright + 1.596027 * redness;
  pixels[at + 1] = bright - 0.391762 * blueness - 0.812968 * redness;
  pixels[at + 2] = bright + 2.017232 * blueness;
}

function averageYuv({ data, width, height }: Image, cut: Cut): void {
  const { reduction } = cut;
  const pixels = new Uint8ClampedArray(cut.data.buffer);
  const chromaWidth = (width + 1) >> 1;
  const uPlane = width * height;
  const vPlane = uPlane + chromaWidth * ((height + 1) >> 1);
  for (let row = 0, out = 0; row < cut.height; row++) {
    const y0 = cut.top + row * reduction;
    const y1 = Math.min(y0 + reduction, height);
    for (let column = 0; column < cut.width; column++, out += 3) {
      const x0 = cut.left + column * reduction;
      const x1 = Math.min(x0 + reduction, width);
      let luma = 0;
      let u = 0;
      let v = 0;
      for (let y = y0; y < y1; y++) {
        const line = y * width;
        const chromaLine = (y >> 1) * chromaWidth;
        for (let x = x0; x < x1; x++) {
          luma += data[line + x];
          u += data[uPlane + chromaLine + (x >> 1)];
          v += data[vPlane + chromaLine + (x >> 1)];
        }
      }
      const count = (y1 - y0) * (x1 - x0);
      putYuv(pixels, out, luma / count, u / count, v / count);
    }
  }
}

function sample(cut: Cut, toImage: Affine, size: { width: number; height: number }, edge: Edge): Uint8Array {
  const out = new Uint8Array(size.width * size.height * 3);
  if (cut.width === 0 || cut.height === 0) return out;
  const { xx, xy, x0, yx, yy, y0 } = toCut(toImage, cut);
  for (let row = 0, at = 0; row < size.height; row++)
    for (let column = 0; column < size.width; column++, at += 3) {
      let x = xx * column + xy * row + x0;
      let y = yx * column + yy * row + y0;
      if (edge === 'replicate') {
        x = clamp(x, 0, cut.width - 1);
        y = clamp(y, 0, cut.height - 1);
      }
      interpolate(cut, x, y, out, at);
    }
  return out;
}

/** Bilinear; pixels outside the cut count as black. */
function interpolate(cut: Cut, x: number, y: number, out: Uint8Array, at: number): void {
  const { data, width, height } = cut;
  const left = Math.floor(x);
  const top = Math.floor(y);
  const right = x - left;
  const down = y - top;
  const a = (1 - right) * (1 - down);
  const b = right * (1 - down);
  const c = (1 - right) * down;
  const d = right * down;
  // Nearly every pixel lies inside; the edge is slow and rare.
  if (left >= 0 && top >= 0 && left < width - 1 && top < height - 1) {
    const upper = (top * width + left) * 3;
    const lower = upper + width * 3;
    for (let i = 0; i < 3; i++)
      out[at + i] =
        a * data[upper + i] + b * data[upper + 3 + i] + c * data[lower + i] + d * data[lower + 3 + i] + 0.5;
    return;
  }
  for (let i = 0; i < 3; i++)
    out[at + i] =
      a * valueAt(cut, left, top, i) +
      b * valueAt(cut, left + 1, top, i) +
      c * valueAt(cut, left, top + 1, i) +
      d * valueAt(cut, left + 1, top + 1, i) +
      0.5;
}

function valueAt({ data, width, height }: Cut, column: number, row: number, channel: number): number {
  const isInside = column >= 0 && row >= 0 && column < width && row < height;
  return isInside ? data[(row * width + column) * 3 + channel] : 0;
}

/** From the index of a result's pixel to the (broken) index of a cut's pixel: centres lie half a pixel inside both. */
function toCut({ xx, xy, x0, yx, yy, y0 }: Affine, { left, top, reduction }: Cut): Affine {
  return {
    xx: xx / reduction,
    xy: xy / reduction,
    x0: ((xx + xy) / 2 + x0 - left) / reduction - 0.5,
    yx: yx / reduction,
    yy: yy / reduction,
    y0: ((yx + yy) / 2 + y0 - top) / reduction - 0.5,
  };
}

/** The box of the image that a result of this size shows. */
function footprint(
  { xx, xy, x0, yx, yy, y0 }: Affine,
  { width, height }: { width: number; height: number },
): Box {
  const xs = [x0, x0 + xx * width, x0 + xy * height, x0 + xx * width + xy * height];
  const ys = [y0, y0 + yx * width, y0 + yy * height, y0 + yx * width + yy * height];
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
