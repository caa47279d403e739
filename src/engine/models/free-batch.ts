import type { OnnxModel, OnnxTensor, OnnxValue } from './onnx.ts';
import { constantOf, integersOf, makeIntegers } from './onnx.ts';
import type { Field } from './wire.ts';
import { allBytes, decodeMessage, integer, message, text } from './wire.ts';

/** The graph with its batch freed: a first dimension of 1 becomes "N" on inputs and outputs, and a constant Reshape to [1, ...] becomes one to [0, ...] (0 keeps the input's). */
export function freeBatch(model: OnnxModel): OnnxModel {
  const constants = new Map<string, OnnxTensor>();
  for (const tensor of model.initializers) constants.set(tensor.name, tensor);
  for (const node of model.nodes) {
    const tensor = constantOf(node);
    if (tensor !== undefined) constants.set(tensor.name, tensor);
  }
  const freed = new Map<string, OnnxTensor>();
  const nodes = model.nodes.map(node => {
    if (node.op !== 'Reshape') return node;
    const [data, shape] = node.inputs;
    const dims = integersOf(constants.get(shape) ?? { name: '', fields: [] });
    if (dims?.[0] !== 1 || dims.length < 2) return node;
    const name = `${shape}_free_batch`;
    freed.set(name, makeIntegers(name, [0, ...dims.slice(1)]));
    const others = node.fields.filter(({ number }) => number !== 1);
    return { ...node, inputs: [data, name], fields: [text(1, data), text(1, name), ...others] };
  });
  return {
    ...model,
    nodes,
    initializers: [...model.initializers, ...freed.values()],
    inputs: model.inputs.map(freeFirstDimension),
    outputs: model.outputs.map(freeFirstDimension),
  };
}

function freeFirstDimension(value: OnnxValue): OnnxValue {
  // ValueInfoProto.type (2) > TypeProto.tensor_type (1) > Tensor.shape (2) > TensorShapeProto.dim (1)
  const fields = inside(value.fields, [2, 1, 2], dims => {
    const [first] = allBytes(dims, 1);
    if (first === undefined || !isOne(decodeMessage(first))) return dims;
    return [message(1, [text(2, 'N')]), ...dims.slice(1)];
  });
  return { ...value, fields };
}

function inside(
  fields: readonly Field[],
  path: readonly number[],
  change: (fields: readonly Field[]) => readonly Field[],
): readonly Field[] {
  const [number, ...rest] = path;
  if (number === undefined) return change(fields);
  return fields.map(field =>
    field.number === number && field.wire === 2
      ? message(number, inside(decodeMessage(field.value), rest, change))
      : field,
  );
}

function isOne(dimension: readonly Field[]): boolean {
  const one = integer(1, 1);
  return dimension.some(
    ({ number, wire, value }) => number === one.number && wire === 0 && value === one.value,
  );
}
