import './no-telemetry.ts';
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** Numbers with a shape, row-major. */
export interface NamedTensor {
  readonly data: Float32Array | Uint8Array;
  readonly dims: readonly number[];
}

/** Tensors by name. */
export type Tensors = Readonly<Record<string, NamedTensor>>;

/** A loaded graph. `run` computes on the calling thread until it is done. */
export interface Session {
  /** Declared inputs; a free dimension is its name. */
  readonly inputs: readonly { readonly name: string; readonly dims: readonly (number | string)[] }[];
  readonly outputNames: readonly string[];
  /** Data must not lie over a SharedArrayBuffer: ORT refuses it. */
  run(inputs: Tensors): Promise<Tensors>;
  close(): Promise<void>;
}

/** Loads a graph from a file or from bytes, to run on `threads` cores of the CPU. */
export async function createSession(
  model: string | Uint8Array,
  options: { threads: number },
): Promise<Session> {
  const settings: InferenceSession.SessionOptions = {
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    // A plan of memory is kept for each shape that ever came, and uploads come in hundreds of shapes; without one nothing is slower.
    enableMemPattern: false,
    logSeverityLevel: 3,
    // A spinning thread takes the core from ffmpeg for a gain of microseconds.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
  // The overloads for a path and for bytes cannot be chosen by one argument of both types.
  const session =
    typeof model === 'string'
      ? await InferenceSession.create(model, settings)
      : await InferenceSession.create(model, settings);
  return {
    inputs: session.inputMetadata.map(input => ({
      name: input.name,
      dims: input.isTensor ? input.shape : [],
    })),
    outputNames: session.outputNames,
    async run(inputs) {
      const feeds = Object.entries(inputs).map(([name, { data, dims }]) => [name, toOrt(data, dims)]);
      const results = await session.run(Object.fromEntries(feeds));
      return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, fromOrt(name, value)]));
    },
    close: () => session.release(),
  };
}

function toOrt(data: Float32Array | Uint8Array, dims: readonly number[]): OrtTensor {
  return data instanceof Uint8Array ? new Tensor('uint8', data, dims) : new Tensor('float32', data, dims);
}

function fromOrt(name: string, value: OrtTensor): NamedTensor {
  const { data, dims } = value;
  if (data instanceof Float32Array || data instanceof Uint8Array) return { data, dims };
  throw new TypeError(`the model's output "${name}" is of type ${value.type}, expected float32`);
}
