/** A probe in the form in which it meets the codes of templates. */
export interface ProbeCode {
  /** One int16 code per value. */
  readonly codes: Int16Array;
  /** The probe is unit * codes but for a small rest. */
  readonly unit: number;
  /** A score is off by at most slope * bound + offset, with the bound of the template's row. */
  readonly slope: number;
  readonly offset: number;
}

/**
 * Codes a probe, so that the score of every template x is certain to within slope * bound + offset of the cosine q.x. Proof. Let
 * x = s c + e with |e| <= bound (what the kernel's `quantize` promises) and q = u r + f with |f| computed here. Then
 *   q.x - (u r).(s c) = q.e + f.(s c),  at most |q| |e| + |f| |s c|  (Cauchy-Schwarz),  and |s c| <= |x| + |e|,
 *   so it is at most (|q| + |f|) bound + |f| |x| = slope * bound + |f| |x|, with |x| <= 1.001 in every index.
 * The sum of r_i c_i is exact: its partial sums are below 2^31 by the choice of the largest code. What is left is the rounding of
 * float32: three operations make the score (3 * 2^-24 of at most 1.01), five more compare it; `ROUNDING` is four times as much. The
 * rounding inside `quantize` (at most 2^-23 in the rest and, for up to 4,096 values, 6e-5 of its length) is in its bound.
 */
export function codeProbe(vector: Float32Array): ProbeCode {
  let largest = 0;
  let squares = 0;
  for (const value of vector) {
    squares += value * value;
    if (Math.abs(value) > largest) largest = Math.abs(value);
  }
  const codes = new Int16Array(vector.length);
  const unit = largest < TINY ? 0 : Math.fround(largest / largestCode(vector.length));
  let restSquares = 0;
  if (unit > 0)
    for (let i = 0; i < vector.length; i++) {
      const code = Math.round(vector[i] / unit);
      codes[i] = code;
      restSquares += (vector[i] - code * unit) ** 2;
    }
  else restSquares = squares;
  const rest = Math.sqrt(restSquares);
  return { codes, unit, slope: Math.sqrt(squares) + rest, offset: rest * MAX_LENGTH + ROUNDING };
}

/** What the index takes for unit length. */
const MAX_LENGTH = 1.001;
const ROUNDING = 2e-6;
/** Below this the unit loses places in float32; such a probe is all rest. */
const TINY = 1e-30;

/** The largest code of a probe of so many values: the kernel adds its products with codes up to 127 in 32 bits. */
function largestCode(values: number): number {
  return Math.min(32_767, Math.floor((2 ** 31 - 1) / (127 * values)));
}
