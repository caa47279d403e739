import {
  type Dimension,
  ElementType,
  makeFloats,
  makeIntegers,
  makeNode,
  makeValue,
  type OnnxModel,
  type OnnxTensor,
  type OnnxValue,
  writeModel,
} from '../../src/engine/models/onnx.ts';
import { integer, message, text } from '../../src/engine/models/wire.ts';

/** Writes tiny ONNX models (opset 13) for tests; tensors are float32. */
export interface OnnxWriter {
  input(name: string, dims: readonly Dimension[]): string;
  output(name: string, dims: readonly Dimension[]): void;
  floats(name: string, dims: readonly number[], values: ArrayLike<number>): string;
  integers(name: string, values: readonly number[]): string;
  /** Adds a node and gives the name of its output. */
  node(
    op: string,
    inputs: readonly string[],
    output: string,
    attributes?: Readonly<Record<string, number | readonly number[]>>,
  ): string;
  /** `irVersion` 3 lists the weights among the inputs, as old exporters did. */
  build(options?: { irVersion?: number }): Uint8Array;
}

/** An empty model. */
export function createOnnxWriter(): OnnxWriter {
  const nodes: ReturnType<typeof makeNode>[] = [];
  const initializers: OnnxTensor[] = [];
  const weights: OnnxValue[] = [];
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  return {
    input(name, dims) {
      inputs.push(makeValue(name, ElementType.float, dims));
      return name;
    },
    output: (name, dims) => void outputs.push(makeValue(name, ElementType.float, dims)),
    floats(name, dims, values) {
      initializers.push(makeFloats(name, dims, Float32Array.from(values)));
      weights.push(makeValue(name, ElementType.float, dims));
      return name;
    },
    integers(name, values) {
      initializers.push(makeIntegers(name, values));
      weights.push(makeValue(name, ElementType.int64, [values.length]));
      return name;
    },
    node(op, from, output, attributes) {
      nodes.push(makeNode(op, from, output, attributes));
      return output;
    },
    build({ irVersion = 7 } = {}) {
      const model: OnnxModel = {
        nodes,
        initializers,
        inputs: irVersion < 4 ? [...inputs, ...weights] : inputs,
        outputs,
        otherGraphFields: [text(2, 'tiny')],
        otherFields: [integer(1, irVersion), message(8, [text(1, ''), integer(2, 13)])],
      };
      return writeModel(model);
    },
  };
}
