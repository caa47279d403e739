import { operationAt, type PairCounts } from './all-pairs.ts';

/** A measured curve and its name in the legend. */
export interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly pairs: PairCounts;
}

const WIDTH = 720;
const HEIGHT = 480;
const FRAME = { left: 80, top: 50, right: 690, bottom: 410 };
/** Powers of ten that the axes span. */
const FMR = { from: -6, to: 0 };
const FNMR = { from: -3, to: 0 };
const STEPS_PER_DECADE = 20;

/** Detection error trade-off as an SVG picture: FNMR over FMR, both logarithmic; a curve ends where the comparisons do (rule of three). */
export function detPlot(title: string, curves: readonly Curve[]): string {
  const legend = curves.map(
    ({ name, colour }, at) =>
      `<rect x="${FRAME.right - 250}" y="${FRAME.top + 14 + 20 * at}" width="18" height="4" fill="${colour}"/>` +
      text(FRAME.right - 226, FRAME.top + 20 + 20 * at, name, 'start'),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    text((FRAME.left + FRAME.right) / 2, 28, title),
    ...decades(FMR).map(power => line(x(power), FRAME.top, x(power), FRAME.bottom)),
    ...decades(FNMR).map(power => line(FRAME.left, y(power), FRAME.right, y(power))),
    ...decades(FMR).map(power => text(x(power), FRAME.bottom + 20, tick(power))),
    ...decades(FNMR).map(power => text(FRAME.left - 10, y(power) + 4, tick(power), 'end')),
    text((FRAME.left + FRAME.right) / 2, HEIGHT - 20, 'false match rate (FMR)'),
    `<g transform="translate(24 ${(FRAME.top + FRAME.bottom) / 2}) rotate(-90)">${text(0, 0, 'false non-match rate (FNMR)')}</g>`,
    ...curves.map(
      ({ colour, pairs }) =>
        `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points(pairs)}"/>`,
    ),
    ...legend,
    '</svg>',
    '',
  ].join('\n');
}

function points(pairs: PairCounts): string {
  const out: string[] = [];
  for (let step = 0; step <= (FMR.to - FMR.from) * STEPS_PER_DECADE; step++) {
    const power = FMR.to - step / STEPS_PER_DECADE;
    if (10 ** power * pairs.impostor.total < 3) break;
    const { rate } = operationAt(pairs, 10 ** power).fnmr;
    const height = Math.max(FNMR.from, Math.log10(Math.max(rate, 1e-12)));
    out.push(`${x(power).toFixed(1)},${y(height).toFixed(1)}`);
  }
  return out.join(' ');
}

function decades({ from, to }: { from: number; to: number }): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

function x(power: number): number {
  return FRAME.left + ((power - FMR.from) / (FMR.to - FMR.from)) * (FRAME.right - FRAME.left);
}

function y(power: number): number {
  return FRAME.bottom - ((power - FNMR.from) / (FNMR.to - FNMR.from)) * (FRAME.bottom - FRAME.top);
}

function tick(power: number): string {
  return power === 0 ? '1' : `1e${power}`;
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#ddd"/>`;
}

function text(at: number, height: number, content: string, anchor = 'middle'): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${at}" y="${height}" text-anchor="${anchor}">${escaped}</text>`;
}
