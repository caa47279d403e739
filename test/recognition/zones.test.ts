import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWatched, isInside, type Polygon } from '../../src/recognition/zones.ts';

/** Corners on a grid; points to ask about lie off all lines through two corners, but for chance. */
const corner = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }));
const polygons: fc.Arbitrary<Polygon> = fc
  .array(corner, { minLength: 3, maxLength: 12 })
  .map(corners => corners.map(([x, y]) => [x / 20, y / 20] as const));
const points = fc.record({
  x: fc.integer({ min: -1, max: 21 }).map(x => (x + Math.SQRT1_2) / 21),
  y: fc.integer({ min: -1, max: 21 }).map(y => (y + Math.PI / 5) / 21),
});

/** The reference: a polygon is the sum of the triangles that its sides make with one corner, and the parity of those around a point is its own. */
function parityOfTriangles(polygon: Polygon, point: { x: number; y: number }): boolean {
  const side = ([ax, ay]: Polygon[number], [bx, by]: Polygon[number]) =>
    Math.sign((bx - ax) * (point.y - ay) - (by - ay) * (point.x - ax));
  const [apex] = polygon;
  return polygon.reduce((parity, from, at) => {
    const to = polygon[(at + 1) % polygon.length];
    const [a, b, c] = [side(apex, from), side(from, to), side(to, apex)];
    return parity !== (a !== 0 && a === b && b === c);
  }, false);
}

const square = (left: number, top: number, right: number, bottom: number): [number, number][] => [
  [left, top],
  [right, top],
  [right, bottom],
  [left, bottom],
];

describe('a polygon', () => {
  it('holds the points that a second method says, also where it crosses itself', () => {
    fc.assert(
      fc.property(polygons, points, (polygon, point) => {
        expect(isInside(polygon, point)).toBe(parityOfTriangles(polygon, point));
      }),
      { numRuns: 2000 },
    );
  });

  it('holds the same points wherever its corners begin and whichever way round they go', () => {
    fc.assert(
      fc.property(polygons, points, fc.nat(11), (polygon, point, by) => {
        const turned = [...polygon.slice(by % polygon.length), ...polygon.slice(0, by % polygon.length)];
        expect(isInside(turned, point)).toBe(isInside(polygon, point));
        expect(isInside(turned.reverse(), point)).toBe(isInside(polygon, point));
      }),
    );
  });

  it('shares no point with its neighbour, not even of the border', () => {
    const [left, right] = [square(0, 0, 0.5, 1), square(0.5, 0, 1, 1)];
    for (let y = 0; y < 1; y += 0.125)
      expect([left, right].filter(polygon => isInside(polygon, { x: 0.5, y }))).toHaveLength(1);
  });
});

describe('zones', () => {
  const watch = { name: 'door', kind: 'watch' as const, polygon: square(0, 0, 0.5, 1) };
  const more = { name: 'gate', kind: 'watch' as const, polygon: square(0.8, 0, 1, 1) };
  const ignore = { name: 'poster', kind: 'ignore' as const, polygon: square(0.1, 0.1, 0.3, 0.3) };

  it.each([
    ['the whole picture, where there are none', [], { x: 0.99, y: 0.99 }, true],
    ['what lies in a watch zone', [watch], { x: 0.4, y: 0.5 }, true],
    ['nothing outside of the watch zone', [watch], { x: 0.6, y: 0.5 }, false],
    ['what lies in any of several', [watch, more], { x: 0.9, y: 0.5 }, true],
    [
      'nothing in an ignore zone, in spite of a watch zone around it',
      [watch, ignore],
      { x: 0.2, y: 0.2 },
      false,
    ],
    ['all but the ignore zone, where there is no other', [ignore], { x: 0.9, y: 0.9 }, true],
  ])('watch %s', (_, zones, point, expected) => {
    expect(createWatched(zones)(point)).toBe(expected);
  });
});
