import { ConfigSchema } from '../../src/config/schema.ts';
import { openUploadDecoder } from '../../src/daemon/upload.ts';
import type { StillDecoder } from '../../src/ingest/still-decoder.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { workerFile } from './engine.ts';

/** The compiled program of the child that decodes images; `npm run build` makes it. */
export const stillProgram: URL = new URL('../ingest/still-program.js', workerFile);

/** The daemon's decoder of uploads with the default settings but for `http`. */
export function openTestDecoder(http: object = {}): StillDecoder {
  return openUploadDecoder({
    config: ConfigSchema.parse({ http }),
    log: silentLogger,
    program: stillProgram,
  });
}
