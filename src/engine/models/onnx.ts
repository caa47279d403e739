import type { Field } from './wire.ts';
import {
  allBytes,
  allIntegers,
  allTexts,
  bytes,
  decodeMessage,
  encodeMessage,
  integer,
  message,
  text,
} from './wire.ts';

/** Element types of ONNX tensors that are used here (TensorProto.DataType). */
export const ElementType = { float: 1, uint8: 2, int64: 7 } as const;

/** A node of the graph; `fields` is the whole NodeProto. */
export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly fields: readonly Field[];
}

/** A tensor that is stored in the graph; `fields` is the whole TensorProto. */
export interface OnnxTensor {
  readonly name: string;
  readonly fields: readonly Field[];
}

/** A declared input or output; `fields` is the whole ValueInfoProto. */
export interface OnnxValue {
  readonly name: string;
  readonly fields: readonly Field[];
}

/** An ONNX model as far as the rewrites touch it; what they do not touch is kept as it was read. */
export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly otherGraphFields: readonly Field[];
  readonly otherFields: readonly Field[];
}

/** A dimension of a declared shape: a size, or a name where it is free. */
export type Dimension = number | string;

const MODEL = { irVersion: 1, graph: 7 };
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, valueInfo: 13 };

/** Reads a model. Initializers are taken off the inputs (there ORT must not fold them) and the shapes of inner values are dropped (a rewrite makes them wrong). Throws RangeError for anything but an ONNX model. */
export function readModel(file: Uint8Array): OnnxModel {
  const fields = decodeMessage(file);
  const [graphBytes] = allBytes(fields, MODEL.graph);
  if (graphBytes === undefined) throw new RangeError('the file holds no ONNX graph');
  const graph = decodeMessage(graphBytes);
  const initializers = allBytes(graph, GRAPH.initializer).map(readTensor);
  const weights = new Set(initializers.map(({ name }) => name));
  return {
    nodes: allBytes(graph, GRAPH.node).map(readNode),
    initializers,
    inputs: allBytes(graph, GRAPH.input)
      .map(readValue)
      .filter(({ name }) => !weights.has(name)),
    outputs: allBytes(graph, GRAPH.output).map(readValue),
    otherGraphFields: graph.filter(({ number }) => !Object.values(GRAPH).includes(number)),
    otherFields: fields.filter(({ number }) => number !== MODEL.graph),
  };
}

/** The bytes of a model; the same model always gives the same bytes. */
export function writeModel(model: OnnxModel): Uint8Array {
  const graph = [
    ...model.nodes.map(({ fields }) => message(GRAPH.node, fields)),
    ...model.otherGraphFields,
    ...model.initializers.map(({ fields }) => message(GRAPH.initializer, fields)),
    ...model.inputs.map(({ fields }) => message(GRAPH.input, fields)),
    ...model.outputs.map(({ fields }) => message(GRAPH.output, fields)),
  ];
  return encodeMessage([...model.otherFields.map(raiseIrVersion), message(MODEL.graph, graph)]);
}

/** A new node; attributes are integers or lists of integers. */
export function makeNode(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number | readonly number[]>> = {},
): OnnxNode {
  return readNode(
    encodeMessage([
      ...inputs.map(name => text(1, name)),
      text(2, output),
      text(3, `${output}_node`),
      text(4, op),
      ...Object.entries(attributes).map(([name, value]) => message(5, makeAttribute(name, value))),
    ]),
  );
}

/** A new float32 tensor. */
export function makeFloats(name: string, dims: readonly number[], values: Float32Array): OnnxTensor {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return makeTensor(name, dims, ElementType.float, raw);
}

/** A new int64 tensor of one dimension. */
export function makeIntegers(name: string, values: readonly number[]): OnnxTensor {
  const data = BigInt64Array.from(values, BigInt);
  return makeTensor(name, [values.length], ElementType.int64, new Uint8Array(data.buffer));
}

/** A declared input or output; without `dims` its shape is left to inference. */
export function makeValue(name: string, elementType: number, dims?: readonly Dimension[]): OnnxValue {
  const shape = dims?.map(dim => message(1, [typeof dim === 'string' ? text(2, dim) : integer(1, dim)]));
  const tensor = [integer(1, elementType), ...(shape === undefined ? [] : [message(2, shape)])];
  return { name, fields: [text(1, name), message(2, [message(1, tensor)])] };
}

/** The dimensions of a tensor. */
export function dimsOf(tensor: OnnxTensor): number[] {
  return allIntegers(tensor.fields, 1).map(Number);
}

/** The values of a float32 tensor; undefined for other types. */
export function floatsOf(tensor: OnnxTensor): Float32Array | undefined {
  if (allIntegers(tensor.fields, 2)[0] !== BigInt(ElementType.float)) return undefined;
  // Field 9 holds little-endian bytes; field 4, packed, has the same form.
  const [raw] = [...allBytes(tensor.fields, 9), ...allBytes(tensor.fields, 4)];
  if (raw === undefined) return undefined;
  return new Float32Array(Uint8Array.from(raw).buffer);
}

/** The values of an int64 tensor; undefined for other types. */
export function integersOf(tensor: OnnxTensor): number[] | undefined {
  if (allIntegers(tensor.fields, 2)[0] !== BigInt(ElementType.int64)) return undefined;
  const [raw] = allBytes(tensor.fields, 9);
  if (raw === undefined) return allIntegers(tensor.fields, 7).map(Number);
  return Array.from(new BigInt64Array(Uint8Array.from(raw).buffer), Number);
}

/** The tensor that a Constant node holds, under the name of the node's output; undefined for other nodes. */
export function constantOf(node: OnnxNode): OnnxTensor | undefined {
  if (node.op !== 'Constant') return undefined;
  for (const attribute of allBytes(node.fields, 5).map(decodeMessage)) {
    const [tensor] = allBytes(attribute, 5);
    if (tensor !== undefined) return { name: node.outputs[0], fields: decodeMessage(tensor) };
  }
  return undefined;
}

function makeTensor(name: string, dims: readonly number[], type: number, raw: Uint8Array): OnnxTensor {
  const fields = [...dims.map(dim => integer(1, dim)), integer(2, type), text(8, name), bytes(9, raw)];
  return { name, fields };
}

function makeAttribute(name: string, value: number | readonly number[]): Field[] {
  if (typeof value === 'number') return [text(1, name), integer(3, value), integer(20, 2)];
  return [text(1, name), ...value.map(item => integer(8, item)), integer(20, 7)];
}

function readNode(value: Uint8Array): OnnxNode {
  const fields = decodeMessage(value);
  const [op] = allTexts(fields, 4);
  return { op, inputs: allTexts(fields, 1), outputs: allTexts(fields, 2), fields };
}

function readTensor(value: Uint8Array): OnnxTensor {
  const fields = decodeMessage(value);
  const [name] = allTexts(fields, 8);
  return { name, fields };
}

function readValue(value: Uint8Array): OnnxValue {
  const fields = decodeMessage(value);
  const [name] = allTexts(fields, 1);
  return { name, fields };
}

/** Only from IR version 4 on may an initializer be missing from the inputs. */
function raiseIrVersion(field: Field): Field {
  if (field.number !== MODEL.irVersion || field.wire !== 0 || field.value >= 4n) return field;
  return integer(MODEL.irVersion, 4);
}
