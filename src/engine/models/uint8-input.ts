import type { ModelInput } from '../../config/catalog.ts';
import type { OnnxModel, OnnxNode, OnnxTensor } from './onnx.ts';
import { ElementType, makeFloats, makeIntegers, makeNode, makeValue } from './onnx.ts';

/** Name of the only input of a prepared graph. */
export const PIXELS = 'facegate_pixels';

/**
 * The graph with one input: uint8 pixels [N, height, width, 3 (r, g, b) or 1 (gray)], that are put into the model's channel order and
 * layout and normalised, (byte - mean) / std, inside the graph, so that no JavaScript touches each pixel. Throws RangeError for a graph with several inputs.
 */
export function uint8Input(model: OnnxModel, input: ModelInput): OnnxModel {
  if (model.inputs.length !== 1)
    throw new RangeError(`the graph has ${model.inputs.length} inputs where a face model has one`);
  const target = model.inputs[0].name;
  const channels = input.colour === 'gray' ? 1 : 3;
  const channelAxis = input.layout === 'nchw' ? 1 : 3;
  const steps: Step[] = [];
  // Bytes are moved before they become floats: a quarter of the memory traffic.
  if (input.layout === 'nchw') steps.push({ op: 'Transpose', attributes: { perm: [0, 3, 1, 2] } });
  if (input.colour === 'bgr')
    steps.push({
      op: 'Gather',
      constant: makeIntegers(`${PIXELS}_bgr`, [2, 1, 0]),
      attributes: { axis: channelAxis },
    });
  steps.push({ op: 'Cast', attributes: { to: ElementType.float } });
  if (input.mean !== 0) steps.push({ op: 'Sub', constant: meanOf(input) });
  if (input.std !== 1)
    steps.push({ op: 'Div', constant: makeFloats(`${PIXELS}_std`, [], Float32Array.of(input.std)) });
  const { width, height } = input.size === 'any' ? { width: 'W', height: 'H' } : input.size;
  return {
    ...model,
    nodes: [...chain(steps, target), ...model.nodes],
    initializers: [
      ...model.initializers,
      ...steps.flatMap(({ constant }) => (constant === undefined ? [] : [constant])),
    ],
    inputs: [makeValue(PIXELS, ElementType.uint8, ['N', height, width, channels])],
  };
}

interface Step {
  readonly op: string;
  readonly constant?: OnnxTensor;
  readonly attributes?: Record<string, number | readonly number[]>;
}

function chain(steps: readonly Step[], target: string): OnnxNode[] {
  return steps.map(({ op, constant, attributes }, at) => {
    const from = at === 0 ? PIXELS : `${PIXELS}_${at}`;
    const to = at === steps.length - 1 ? target : `${PIXELS}_${at + 1}`;
    return makeNode(op, constant === undefined ? [from] : [from, constant.name], to, attributes);
  });
}

function meanOf({ mean, layout }: ModelInput): OnnxTensor {
  if (typeof mean === 'number') return makeFloats(`${PIXELS}_mean`, [], Float32Array.of(mean));
  return makeFloats(`${PIXELS}_mean`, layout === 'nchw' ? [3, 1, 1] : [3], Float32Array.from(mean));
}
