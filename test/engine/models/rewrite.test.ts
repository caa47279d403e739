import { describe, expect, it } from 'vitest';
import type { ModelInput } from '../../../src/config/catalog.ts';
import { blockedPrelu } from '../../../src/engine/models/blocked-prelu.ts';
import { cutOutputs } from '../../../src/engine/models/cut-outputs.ts';
import { freeBatch } from '../../../src/engine/models/free-batch.ts';
import { type OnnxModel, readModel, writeModel } from '../../../src/engine/models/onnx.ts';
import { PIXELS, uint8Input } from '../../../src/engine/models/uint8-input.ts';
import { createSession, type NamedTensor } from '../../../src/engine/session.ts';
import { createOnnxWriter } from '../../support/onnx-writer.ts';

const run = async (file: Uint8Array, name: string, tensor: NamedTensor) => {
  const session = await createSession(file, { threads: 1 });
  const outputs = await session.run({ [name]: tensor });
  await session.close();
  return outputs;
};

const withoutSignOfZero = (value: number) => value + 0;
const ramp = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7) * 3);
const rewritten = (file: Uint8Array, change: (model: OnnxModel) => OnnxModel) =>
  writeModel(change(readModel(file)));

describe('a parametric ReLU in blocked form', () => {
  const slopes = [0.25, -1.35, 1.23, 0];
  const prelu = (dims: number[]) => {
    const writer = createOnnxWriter();
    writer.input('x', [1, 4, 3, 5]);
    writer.node('PRelu', ['x', writer.floats('slope', dims, slopes)], 'y');
    writer.output('y', [1, 4, 3, 5]);
    return writer.build();
  };
  const x = { data: ramp(60), dims: [1, 4, 3, 5] };

  it.each([[[4, 1, 1]], [[1, 4, 1, 1]]])(
    'gives the same numbers, to the last bit, for slopes of shape %j',
    async dims => {
      const before = prelu(dims);
      const after = rewritten(before, blockedPrelu);
      expect(readModel(after).nodes.map(({ op }) => op)).toEqual(['Conv', 'Relu', 'Relu', 'Conv', 'Add']);
      const numbers = async (file: Uint8Array) => (await run(file, 'x', x)).y.data.map(withoutSignOfZero);
      expect(await numbers(after)).toEqual(await numbers(before));
    },
  );

  it('leaves a slope that is not per channel as it is', () => {
    const writer = createOnnxWriter();
    writer.input('x', [1, 4]);
    writer.node('PRelu', ['x', writer.floats('slope', [4], slopes)], 'y');
    writer.output('y', [1, 4]);
    expect(readModel(rewritten(writer.build(), blockedPrelu)).nodes.map(({ op }) => op)).toEqual(['PRelu']);
  });
});

describe('a freed batch', () => {
  const flat = (irVersion: number) => {
    const writer = createOnnxWriter();
    writer.input('x', [1, 2, 3]);
    writer.node('Mul', ['x', writer.floats('two', [1], [2])], 'doubled');
    writer.node('Reshape', ['doubled', writer.integers('shape', [1, 6])], 'y');
    writer.output('y', [1, 6]);
    return writer.build({ irVersion });
  };

  it.each([3, 7])('takes several images where one was built in (IR version %i)', async irVersion => {
    const file = rewritten(flat(irVersion), freeBatch);
    const { y } = await run(file, 'x', { data: ramp(18), dims: [3, 2, 3] });
    expect(y.dims).toEqual([3, 6]);
    expect(y.data).toEqual(ramp(18).map(value => value * 2));
  });

  it('takes the weights off the inputs, where ORT would not fold them', () => {
    expect(readModel(flat(3)).inputs.map(({ name }) => name)).toEqual(['x']);
  });
});

describe('cut outputs', () => {
  const file = () => {
    const writer = createOnnxWriter();
    writer.input('x', [1, 4]);
    writer.node('Mul', ['x', writer.floats('two', [1], [2])], 'inner');
    writer.node('Add', ['inner', writer.floats('one', [1], [1])], 'y');
    writer.output('y', [1, 4]);
    return writer.build();
  };

  it('end in an inner tensor and drop what only the old output needed', async () => {
    const cut = rewritten(file(), model => cutOutputs(model, ['inner']));
    const model = readModel(cut);
    expect(model.nodes.map(({ op }) => op)).toEqual(['Mul']);
    expect(model.initializers.map(({ name }) => name)).toEqual(['two']);
    const outputs = await run(cut, 'x', { data: ramp(4), dims: [1, 4] });
    expect(Object.keys(outputs)).toEqual(['inner']);
  });

  it('must be in the graph', () => {
    expect(() => cutOutputs(readModel(file()), ['none'])).toThrow(/no tensor "none"/);
  });
});

describe('an input of bytes', () => {
  const identity = (dims: number[]) => {
    const writer = createOnnxWriter();
    writer.input('x', dims);
    writer.node('Identity', ['x'], 'y');
    writer.output('y', dims);
    return writer.build();
  };
  const input: ModelInput = {
    size: { width: 2, height: 1 },
    multipleOf: 1,
    layout: 'nchw',
    colour: 'rgb',
    mean: 127,
    std: 128,
  };
  const seen = async (dims: number[], change: Partial<ModelInput>, pixels: number[]) => {
    const file = rewritten(identity(dims), model => uint8Input(freeBatch(model), { ...input, ...change }));
    const channels = change.colour === 'gray' ? 1 : 3;
    const { y } = await run(file, PIXELS, { data: Uint8Array.from(pixels), dims: [1, 1, 2, channels] });
    return [...y.data];
  };
  const pixels = [1, 2, 3, 4, 5, 6];

  it('becomes planes of normalised numbers', async () => {
    const expected = [1, 4, 2, 5, 3, 6].map(value => (value - 127) / 128);
    expect(await seen([1, 3, 1, 2], {}, pixels)).toEqual(expected);
  });

  it('is turned to blue, green, red where the model wants that', async () => {
    expect(await seen([1, 3, 1, 2], { colour: 'bgr', mean: 0, std: 1 }, pixels)).toEqual([3, 6, 2, 5, 1, 4]);
  });

  it('takes a mean per channel in the order of the model', async () => {
    const change = { colour: 'bgr' as const, mean: [3, 2, 1] as [number, number, number], std: 1 };
    expect(await seen([1, 3, 1, 2], change, pixels)).toEqual([0, 3, 0, 3, 0, 3]);
  });

  it('keeps its layout where the model wants pixels interleaved', async () => {
    expect(await seen([1, 1, 2, 3], { layout: 'nhwc', mean: 0, std: 1 }, pixels)).toEqual(pixels);
  });

  it('may be gray', async () => {
    expect(await seen([1, 1, 1, 2], { colour: 'gray', mean: 0, std: 256 }, [64, 128])).toEqual([0.25, 0.5]);
  });
});
