import { FacegateError } from '../domain/errors.ts';
import { type RequestBody, readBody, type UploadedImage } from './body.ts';
import type { Analysis, ApiDependencies } from './dependencies.ts';
import { createGate } from './gate.ts';
import { createImageRooms } from './image-room.ts';

const MAX_BODIES = 24;
const MAX_DECODES = 2;
const MAX_WAITING = 16;

/** Takes bodies in and has their images analysed, within bounds of memory and work. */
export interface Uploads {
  /** Reads the body and passes it on; at most 24 bodies are held at once, beyond that overloaded. Its image is gone when `use` is done. */
  receive<T>(request: Request, use: (body: RequestBody) => Promise<T>): Promise<T>;
  /** The faces of an image; at most 2 are analysed at once and 16 wait, beyond that overloaded. */
  analyze(image: UploadedImage, options: { mirrored: boolean; signal: AbortSignal }): Promise<Analysis>;
}

/** Uploads over the engine; opens nothing. */
export function createUploads({ analyze, limits }: Pick<ApiDependencies, 'analyze' | 'limits'>): Uploads {
  const bodies = createGate({ running: MAX_BODIES, waiting: 0 });
  const rooms = createImageRooms(limits.maxUploadBytes);
  const decodes = createGate({ running: MAX_DECODES, waiting: MAX_WAITING });
  return {
    receive: (request, use) =>
      bodies.run(async () => {
        const room = rooms.open();
        try {
          return await use(await readBody({ request, maxBytes: limits.maxUploadBytes, room }));
        } finally {
          room.free();
        }
      }),
    analyze: (image, { mirrored, signal }) =>
      decodes.run(async () => {
        if (signal.aborted) throw new FacegateError('invalid_request', 'The client went away while waiting.');
        return analyze(image.bytes, { mirrored });
      }),
  };
}
