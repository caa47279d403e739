/** First of the six points of each eye in the iBUG-68 order: a corner, two of the upper lid, the other corner, two of the lower lid. */
const EYES = [36, 42];

/** Mean eye aspect ratio of both eyes from 68 points (x0, y0, x1, ...) of any scale: how high the eye is for its width. Source: Soukupova and Cech 2016. */
export function eyeOpenness(points: ArrayLike<number>): number {
  return EYES.reduce((sum, eye) => sum + aspectRatio(points, eye), 0) / EYES.length;
}

function aspectRatio(points: ArrayLike<number>, eye: number): number {
  const between = (a: number, b: number): number =>
    Math.hypot(
      points[2 * (eye + a)] - points[2 * (eye + b)],
      points[2 * (eye + a) + 1] - points[2 * (eye + b) + 1],
    );
  const width = between(0, 3);
  return width === 0 ? 0 : (between(1, 5) + between(2, 4)) / (2 * width);
}
