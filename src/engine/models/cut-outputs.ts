import type { OnnxModel, OnnxNode } from './onnx.ts';
import { ElementType, makeValue } from './onnx.ts';

/** The graph with `names` (float32 tensors anywhere in it) as its only outputs, without the nodes and weights that nothing needs any more. Throws RangeError if a name is not in the graph. */
export function cutOutputs(model: OnnxModel, names: readonly string[]): OnnxModel {
  const maker = new Map<string, OnnxNode>();
  for (const node of model.nodes) for (const output of node.outputs) maker.set(output, node);
  const missing = names.find(name => !maker.has(name));
  if (missing !== undefined) throw new RangeError(`the graph has no tensor "${missing}"`);
  const needed = new Set<string>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (needed.has(name)) continue;
    needed.add(name);
    waiting.push(...(maker.get(name)?.inputs ?? []));
  }
  return {
    ...model,
    nodes: model.nodes.filter(node => node.outputs.some(output => needed.has(output))),
    initializers: model.initializers.filter(({ name }) => needed.has(name)),
    outputs: names.map(name => makeValue(name, ElementType.float)),
  };
}
