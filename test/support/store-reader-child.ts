import { createInterface } from 'node:readline';
import { StartupError } from '../../src/domain/errors.ts';
import { openGallery } from '../../src/gallery/gallery.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { openStore } from '../../src/store/store.ts';
import { enrollmentPolicy, MODEL } from './people.ts';
import { say } from './say.ts';
import { contentsOf, type Known, written } from './store-contents.ts';

/**
 * Opens one store after another as the daemon does, each named by a line {dir, known} of standard input, and answers each with a line: what is in
 * it, what writing a little came to and what is in it then; or why it was refused.
 */
for await (const line of createInterface({ input: process.stdin })) {
  const { dir, known } = JSON.parse(line) as { dir: string; known: Known };
  say(await look(dir, known));
}

async function look(dir: string, known: Known): Promise<object> {
  let fatal: string | undefined;
  const onFatal = (error: Error) => {
    fatal = String(error.cause);
  };
  try {
    const store = await openStore({
      dir,
      log: silentLogger,
      onFatal,
      space: () => ({ free: 1e12, total: 1e12 }),
      reserveBytes: 0,
    });
    try {
      const options = { store, embedderId: MODEL, maxImages: 5, log: silentLogger };
      const gallery = await openGallery({ ...options, policy: enrollmentPolicy() });
      await gallery.close();
      const contents = await contentsOf(store, known);
      const writing = await written(store, known);
      return { contents, writing, afterwards: await contentsOf(store, known), ...(fatal && { fatal }) };
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof StartupError) return { refused: error.message, exitCode: error.exitCode };
    return { crashed: error instanceof Error ? error.stack : String(error) };
  }
}
