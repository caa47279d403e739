import { join } from 'node:path';
import type { Contestant } from './contestant.ts';
import { packagesIn, pixelsOf } from './pixels.ts';
import { type Tensorflow, wasmOnly } from './tensorflow.ts';

interface Detected {
  readonly detection: { readonly box: { left: number; top: number; right: number; bottom: number } };
  readonly descriptor: Float32Array;
}

interface Detecting extends Promise<unknown[]> {
  withFaceLandmarks(): { withFaceDescriptors(): Promise<Detected[]> };
}

interface FaceApi {
  readonly SsdMobilenetv1Options: new (options: { minConfidence: number; maxResults: number }) => object;
  readonly nets: Readonly<Record<string, { loadFromDisk(folder: string): Promise<void> }>>;
  detectAllFaces(input: unknown, options: object): Detecting;
}

/** As in its own demonstration for Node; its default of 0.5 misses every seventh of the portraits. */
const MIN_SCORE = 0.15;
const NETS = ['ssdMobilenetv1', 'faceLandmark68Net', 'faceRecognitionNet'];

/** `@vladmandic/face-api` with its default detector (SSD MobileNet), 68 landmarks and the 128 numbers of dlib's net. */
export async function openFaceApi(folder: string): Promise<Contestant> {
  const packages = packagesIn(folder);
  const tf: Tensorflow = packages('@tensorflow/tfjs');
  await wasmOnly(packages, tf);
  const api: FaceApi = packages('@vladmandic/face-api/dist/face-api.node-wasm.js');
  const models = join(folder, 'node_modules/@vladmandic/face-api/model');
  for (const net of NETS) await api.nets[net].loadFromDisk(models);

  const options = new api.SsdMobilenetv1Options({ minConfidence: MIN_SCORE, maxResults: 100 });

  const withPixels = async <T>(photo: Uint8Array, look: (input: unknown) => Promise<T>): Promise<T> => {
    const { data, width, height } = await pixelsOf(photo);
    const input = tf.tensor3d(data, [height, width, 3], 'int32');
    try {
      return await look(input);
    } finally {
      input.dispose();
    }
  };
  return {
    find: photo => withPixels(photo, async input => (await api.detectAllFaces(input, options)).length),
    async describe(photo) {
      const found = await withPixels(photo, input =>
        api.detectAllFaces(input, options).withFaceLandmarks().withFaceDescriptors(),
      );
      return found.map(({ detection, descriptor }) => {
        const { left, top, right, bottom } = detection.box;
        return { box: { left, top, right, bottom }, vector: descriptor };
      });
    },
    similarity: (a, b) => 1 - Math.hypot(...a.map((value, at) => value - b[at])),
    close: () => Promise.resolve(),
  };
}
