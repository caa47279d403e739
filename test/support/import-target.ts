import { openServer } from '../../src/api/server.ts';
import { FacegateError } from '../../src/domain/errors.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import type { Store } from '../../src/store/store.ts';
import { createMemoryStore } from './memory-store.ts';
import { createRestApp, openScriptedGallery, TOKENS } from './rest-clients/rest-app.ts';
import { analyzeScripted } from './rest-clients/scripted-engine.ts';

/** A REST server with a scripted engine to import into. */
export interface ImportTarget {
  readonly url: string;
  readonly store: Store;
  /** What the command line needs to reach it. */
  readonly env: Readonly<Record<string, string>>;
  /** Enrollments that have come so far, also those that were refused. */
  calls(): number;
  close(): Promise<void>;
}

/** Opens one; `delayMs` is how long an analysis takes, and `isBusy` tells which calls (from 1) are answered 503. */
export async function openImportTarget(
  options: { delayMs?: number; isBusy?: (call: number) => boolean } = {},
): Promise<ImportTarget> {
  const { delayMs = 0, isBusy = () => false } = options;
  const store = createMemoryStore();
  const gallery = await openScriptedGallery(store);
  let calls = 0;
  const app = await createRestApp({
    gallery,
    exports: { templates: store.templates.of, note: async () => undefined },
    analyze: async bytes => {
      calls++;
      if (isBusy(calls)) throw new FacegateError('overloaded', 'Too much is going on; retry in a second.');
      await new Promise(resolve => setTimeout(resolve, delayMs));
      return analyzeScripted(bytes);
    },
  });
  const server = await openServer({ app, host: '127.0.0.1', port: 0, log: silentLogger });
  return {
    url: server.url,
    store,
    env: { FACEGATE_URL: server.url, FACEGATE_TOKEN: TOKENS.operator },
    calls: () => calls,
    close: () => server.close(),
  };
}
