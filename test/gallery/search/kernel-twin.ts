// The kernel in plain JavaScript: the same answers, bit for bit. It is what the kernel is tested against.

/** Codes, scale and bound of a vector. */
export function quantizeTwin(vector: Float32Array): { codes: Int8Array; scale: number; bound: number } {
  const { fround } = Math;
  const largest = vector.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const scale = fround(largest / 127);
  const inverse = largest === 0 ? 0 : fround(127 / largest);
  const codes = Int8Array.from(vector, value => roundHalfToEven(fround(value * inverse)));
  const lanes = new Float32Array(4);
  for (const [at, value] of vector.entries()) {
    const left = fround(value - fround(codes[at] * scale));
    lanes[at % 4] = fround(lanes[at % 4] + fround(left * left));
  }
  const squares = fround(fround(lanes[0] + lanes[1]) + fround(lanes[2] + lanes[3]));
  const bound = fround(fround(fround(Math.sqrt(squares)) * fround(1.0001)) + fround(1e-6));
  return { codes, scale, bound };
}

/** Score of a row for a probe. */
export function scoreTwin(probe: Int16Array, unit: number, codes: Int8Array, scale: number): number {
  const { fround } = Math;
  const sum = probe.reduce((total, code, at) => total + code * codes[at], 0);
  return fround(fround(fround(sum) * fround(unit)) * fround(scale));
}

/** Which rows the sieve lets through, with their slack. */
export function sieveTwin(
  rows: readonly { owner: number; score: number; bound: number }[],
  limits: { slope: number; offset: number; threshold: number },
): { row: number; owner: number; score: number; slack: number }[] {
  const { fround } = Math;
  return rows
    .map(({ owner, score, bound }, row) => {
      const slack = fround(fround(bound * fround(limits.slope)) + fround(limits.offset));
      return { row, owner, score, slack };
    })
    .filter(({ score, slack }) => fround(score + slack) >= fround(limits.threshold));
}

function roundHalfToEven(value: number): number {
  const low = Math.floor(value);
  if (value - low !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}
