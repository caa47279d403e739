/** Luma of rgb24 pixels, 0..255, one byte per pixel. Source: ITU-R BT.601. */
export function lumaOf(rgb: Uint8Array): Uint8Array {
  const out = new Uint8Array(rgb.length / 3);
  for (let pixel = 0, at = 0; pixel < out.length; pixel++, at += 3)
    out[pixel] = 0.299 * rgb[at] + 0.587 * rgb[at + 1] + 0.114 * rgb[at + 2] + 0.5;
  return out;
}
