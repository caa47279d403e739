import { dirname } from 'node:path';

/** The little of TensorFlow.js that is used. */
export interface Tensorflow {
  setBackend(name: 'wasm'): Promise<boolean>;
  ready(): Promise<void>;
  tensor3d(data: Uint8Array, shape: [number, number, number], type: 'int32'): { dispose(): void };
}

interface WasmBackend {
  setWasmPaths(folder: string): void;
  setThreadsCount(threads: number): void;
}

/** Makes TensorFlow.js compute with WebAssembly on one thread, as our engine does: waiting threads would count as CPU time. */
export async function wasmOnly(packages: NodeJS.Require, tf: Tensorflow): Promise<void> {
  const backend: WasmBackend = packages('@tensorflow/tfjs-backend-wasm');
  backend.setWasmPaths(wasmFolder(packages));
  backend.setThreadsCount(1);
  await tf.setBackend('wasm');
  await tf.ready();
}

/** Where the WebAssembly files lie, with a slash at the end. */
export function wasmFolder(packages: NodeJS.Require): string {
  return `${dirname(packages.resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/dist/`;
}
