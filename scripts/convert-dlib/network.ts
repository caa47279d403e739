import { createOnnxWriter, type OnnxWriter } from '../../test/support/onnx-writer.ts';
import type { TfjsTensor } from './tfjs-weights.ts';

/** Side of the aligned crop that the net takes, in pixels. */
export const SIDE = 150;

/** Values of an embedding. */
export const DIMENSION = 128;

type Weights = ReadonlyMap<string, TfjsTensor>;

/** Residual blocks between the first convolution and the pooling; `_down` halves the picture. */
const BLOCKS = [
  ...['conv32_1', 'conv32_2', 'conv32_3'],
  ...['conv64_down', 'conv64_1', 'conv64_2', 'conv64_3'],
  ...['conv128_down', 'conv128_1', 'conv128_2'],
  ...['conv256_down', 'conv256_1', 'conv256_2', 'conv256_down_out'],
];

/**
 * dlib's face recognition net (ResNet with 29 convolutions, 128-d) as ONNX: "input" [N, 3, 150, 150] (r, g, b, normalised) to "embedding"
 * [N, 128]. The scale layers are folded into the convolutions before them. Sources: dlib, dnn_face_recognition_ex.cpp; face-api, FaceRecognitionNet.
 */
export function dlibNetwork(weights: Weights): Uint8Array {
  const graph = createOnnxWriter();
  graph.input('input', ['N', 3, SIDE, SIDE]);
  let value = convolution(graph, weights, 'conv32_down', { from: 'input', stride: 2, isRectified: true });
  value = graph.node('MaxPool', [value], 'pool', { kernel_shape: [3, 3], strides: [2, 2] });
  let side = halved(halved(SIDE, 7), 3);
  for (const name of BLOCKS) {
    const isDown = /_down/.test(name);
    const shortcut = isDown ? pooled(graph, weights, name, value) : value;
    const first = { from: value, stride: isDown ? 2 : 1, isRectified: true };
    const inner = convolution(graph, weights, `${name}/conv1`, first);
    let outer = convolution(graph, weights, `${name}/conv2`, { from: inner, stride: 1, isRectified: false });
    if (isDown) {
      // dlib adds maps of different sizes as if the smaller went on in zeros.
      const missing = halved(side, 2) - halved(side, 3);
      if (missing > 0) outer = padded(graph, outer, `${name}/grown`, { below: missing, channels: 0 });
      side = halved(side, 2);
    }
    value = graph.node('Relu', [graph.node('Add', [shortcut, outer], `${name}/sum`)], name);
  }
  const mean = graph.node('GlobalAveragePool', [value], 'mean');
  const flat = graph.node('Flatten', [mean], 'flat');
  const { dims, values } = weightOf(weights, 'fc');
  graph.node('MatMul', [flat, graph.floats('fc', dims, values)], 'embedding');
  graph.output('embedding', ['N', DIMENSION]);
  return graph.build();
}

function convolution(
  graph: OnnxWriter,
  weights: Weights,
  name: string,
  { from, stride, isRectified }: { from: string; stride: number; isRectified: boolean },
): string {
  const filters = weightOf(weights, `${name}/conv/filters`);
  const [height, width, inputs, outputs] = filters.dims;
  const scale = weightOf(weights, `${name}/scale/weights`).values;
  const shift = weightOf(weights, `${name}/scale/biases`).values;
  const bias = weightOf(weights, `${name}/conv/bias`).values;
  const kernel = new Float32Array(filters.values.length);
  const area = height * width;
  for (let cell = 0, at = 0; cell < area; cell++)
    for (let input = 0; input < inputs; input++)
      for (let output = 0; output < outputs; output++, at++)
        kernel[(output * inputs + input) * area + cell] = filters.values[at] * scale[output];
  const folded = bias.map((value, channel) => value * scale[channel] + shift[channel]);
  const edge = stride === 1 ? (height - 1) / 2 : 0;
  const convolved = graph.node(
    'Conv',
    [
      from,
      graph.floats(`${name}/kernel`, [outputs, inputs, height, width], kernel),
      graph.floats(`${name}/bias`, [outputs], folded),
    ],
    `${name}/convolved`,
    { kernel_shape: [height, width], strides: [stride, stride], pads: [edge, edge, edge, edge] },
  );
  return isRectified ? graph.node('Relu', [convolved], `${name}/rectified`) : convolved;
}

/** The way past a block that halves the picture: mean of each four pixels, and zeros in the channels that come new. */
function pooled(graph: OnnxWriter, weights: Weights, name: string, from: string): string {
  const mean = graph.node('AveragePool', [from], `${name}/mean`, { kernel_shape: [2, 2], strides: [2, 2] });
  const [, , inputs, outputs] = weightOf(weights, `${name}/conv1/conv/filters`).dims;
  if (inputs === outputs) return mean;
  return padded(graph, mean, `${name}/widened`, { below: 0, channels: outputs - inputs });
}

function padded(
  graph: OnnxWriter,
  from: string,
  name: string,
  { below, channels }: { below: number; channels: number },
): string {
  const pads = graph.integers(`${name}/pads`, [0, 0, 0, 0, 0, channels, below, below]);
  return graph.node('Pad', [from, pads], name);
}

/** Side after a window of `kernel` pixels went over `side` pixels in steps of two, inside the picture. */
function halved(side: number, kernel: number): number {
  return Math.floor((side - kernel) / 2) + 1;
}

function weightOf(weights: Weights, name: string): TfjsTensor {
  const found = weights.get(name);
  if (found === undefined) throw new RangeError(`the weights lack ${name}`);
  return found;
}
