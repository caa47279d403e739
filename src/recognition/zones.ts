import type { CameraConfig } from '../config/schema.ts';
import type { Box, Point } from '../domain/geometry.ts';
import type { Image } from '../domain/image.ts';

/** Corners [x, y] in order; the last one is joined to the first. */
export type Polygon = readonly (readonly [number, number])[];

/** Whether faces at a point of the picture count; the point in fractions of the picture, from its top left corner. */
export type Watched = (point: Point) => boolean;

/** The centre of a box in fractions of its picture. */
export function fractionOf(box: Box, { width, height }: Image): Point {
  return { x: (box.left + box.right) / 2 / width, y: (box.top + box.bottom) / 2 / height };
}

/** What a camera's zones make of its picture: a point counts if it lies in a watch zone (or there is none) and in no ignore zone. */
export function createWatched(zones: CameraConfig['zones']): Watched {
  const polygonsOf = (kind: 'watch' | 'ignore') =>
    zones.filter(zone => zone.kind === kind).map(({ polygon }) => polygon);
  const watch = polygonsOf('watch');
  const ignore = polygonsOf('ignore');
  return point =>
    (watch.length === 0 || watch.some(polygon => isInside(polygon, point))) &&
    !ignore.some(polygon => isInside(polygon, point));
}

/**
 * Whether a point lies in a polygon, by the even-odd rule: a line from it to the right crosses the border an odd number of times. Points
 * on the border belong to one of the two sides; polygons that share an edge share none of its points.
 * Source: W. R. Franklin, PNPOLY, 1970; Hormann and Agathos 2001, "The point in polygon problem for arbitrary polygons".
 */
export function isInside(polygon: Polygon, { x, y }: Point): boolean {
  let inside = false;
  let [fromX, fromY] = polygon.at(-1)!;
  for (const [toX, toY] of polygon) {
    // Half-open in y: a corner that lies exactly as high as the point is crossed once or not at all.
    if (fromY > y !== toY > y && x < fromX + ((y - fromY) / (toY - fromY)) * (toX - fromX)) inside = !inside;
    [fromX, fromY] = [toX, toY];
  }
  return inside;
}
