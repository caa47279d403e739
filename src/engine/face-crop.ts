import { type Box, boxHeight, boxWidth } from '../domain/geometry.ts';
import type { Image } from '../domain/image.ts';
import { cutRegion } from './crop.ts';

/** How much of the box's own size is shown on each of its sides, so that a person sees a face and a detector finds one. */
const MARGIN = 0.3;
/** Longest side in pixels, but for the edge that a cut has. */
const LONGEST = 320;

/** A face and a little around it, upright as in the picture: rgb24 with a memory of its own, scaled down by a whole number where it is large. */
export function cropFace(picture: Image, box: Box): Image {
  const [aside, above] = [MARGIN * boxWidth(box), MARGIN * boxHeight(box)];
  const shown = {
    left: box.left - aside,
    top: box.top - above,
    right: box.right + aside,
    bottom: box.bottom + above,
  };
  const reduction = Math.max(1, Math.ceil(Math.max(boxWidth(shown), boxHeight(shown)) / LONGEST));
  const { data, width, height } = cutRegion(picture, shown, reduction);
  return { format: 'rgb24', data, width, height };
}
