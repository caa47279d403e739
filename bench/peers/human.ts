import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import type { Contestant } from './contestant.ts';
import { packagesIn, pixelsOf } from './pixels.ts';
import { wasmFolder } from './tensorflow.ts';

interface HumanFace {
  /** Left, top, width, height. */
  readonly box: readonly [number, number, number, number];
  readonly embedding?: readonly number[];
}

interface Human {
  readonly tf: { tensor(data: Uint8Array, shape: number[], type: 'int32'): { dispose(): void } };
  readonly match: { similarity(a: readonly number[], b: readonly number[]): number };
  load(): Promise<void>;
  detect(
    input: unknown,
    changes?: object,
  ): Promise<{ readonly face: readonly HumanFace[]; readonly error?: unknown }>;
}

const off = { enabled: false };
/** Looks at every picture anew: by default it keeps what it saw in the last one. */
const ANEW = { skipFrames: 0, skipTime: 0 };

/** `@vladmandic/human`: BlazeFace, face mesh (it turns the face upright) and the 1,024 numbers of its description net; all else off. */
export async function openHuman(folder: string): Promise<Contestant> {
  const packages = packagesIn(folder);
  const home = join(folder, 'node_modules/@vladmandic/human');
  // The package's exports lead to the browser's build; this one it ships for WebAssembly in Node.
  const { Human } = packages(join(home, 'dist/human.node-wasm.js')) as {
    Human: new (config: object) => Human;
  };
  const models = await serveFolder(join(home, 'models'));
  const human = new Human({
    ...{ backend: 'wasm', wasmPath: wasmFolder(packages), wasmPlatformFetch: false, async: false },
    modelBasePath: `http://127.0.0.1:${(models.address() as AddressInfo).port}/`,
    ...{
      cacheSensitivity: 0,
      filter: off,
      body: off,
      hand: off,
      object: off,
      gesture: off,
      segmentation: off,
    },
    face: {
      enabled: true,
      detector: { rotation: true, maxDetected: 100, ...ANEW },
      mesh: { enabled: true },
      description: { enabled: true, ...ANEW },
      ...{ iris: off, emotion: off, antispoof: off, liveness: off, attention: off },
    },
  });
  await human.load();

  const look = async (photo: Uint8Array, changes: object): Promise<readonly HumanFace[]> => {
    const { data, width, height } = await pixelsOf(photo);
    const input = human.tf.tensor(data, [height, width, 3], 'int32');
    const { face, error } = await human.detect(input, changes);
    input.dispose();
    if (error) throw new Error(`human: ${String(error)}`);
    return face;
  };
  return {
    find: async photo => (await look(photo, { face: { mesh: off, description: off } })).length,
    async describe(photo) {
      const faces = await look(photo, { face: { mesh: { enabled: true }, description: { enabled: true } } });
      return faces.flatMap(({ box: [left, top, width, height], embedding }) =>
        embedding === undefined
          ? []
          : [
              {
                box: { left, top, right: left + width, bottom: top + height },
                vector: Float32Array.from(embedding),
              },
            ],
      );
    },
    similarity: (a, b) => human.match.similarity([...a], [...b]),
    async close() {
      models.closeAllConnections();
      models.close();
      await once(models, 'close');
    },
  };
}

/** It fetches its models by URL. */
async function serveFolder(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    readFile(join(folder, basename(new URL(request.url!, 'http://x').pathname))).then(
      file => response.end(file),
      () => response.writeHead(404).end(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
