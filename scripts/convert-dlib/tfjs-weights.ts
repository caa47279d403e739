/** A tensor of a TensorFlow.js model, row-major, in the layout of its author (filters: height, width, in, out). */
export interface TfjsTensor {
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

interface Manifest {
  readonly weights: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly dtype: string;
    readonly quantization?: { readonly dtype: string; readonly scale: number; readonly min: number };
  }[];
}

/** The tensors of a weights manifest with one file: 8-bit codes (value = code * scale + min) or little-endian float32. Throws RangeError for anything else. */
export function readTfjsWeights(manifestJson: string, file: Uint8Array): ReadonlyMap<string, TfjsTensor> {
  const [{ weights }] = JSON.parse(manifestJson) as [Manifest];
  const tensors = new Map<string, TfjsTensor>();
  let at = 0;
  for (const { name, shape, dtype, quantization } of weights) {
    if (dtype !== 'float32' || (quantization !== undefined && quantization.dtype !== 'uint8'))
      throw new RangeError(`${name} is neither float32 nor 8-bit codes`);
    const count = shape.reduce((product, side) => product * side, 1);
    const end = at + count * (quantization === undefined ? 4 : 1);
    if (end > file.length) throw new RangeError(`the weights end before ${name} does`);
    const bytes = new Uint8Array(file.subarray(at, end));
    const values =
      quantization === undefined
        ? new Float32Array(bytes.buffer)
        : Float32Array.from(bytes, code => code * quantization.scale + quantization.min);
    tensors.set(name, { dims: shape, values });
    at = end;
  }
  if (at !== file.length) throw new RangeError(`${file.length - at} bytes of the weights belong to nothing`);
  return tensors;
}
