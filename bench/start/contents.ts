import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../src/platform/logger.ts';
import { openStore } from '../../src/store/store.ts';
import { SCHEMA_VERSION } from '../../src/store/tables/schema.ts';
import { embeddingOf, newPersonChange } from '../../test/support/people.ts';
import { progress } from '../report.ts';

/** How many are enrolled in a store, and with how many templates each. */
export interface Contents {
  readonly persons: number;
  readonly templatesEach: number;
}

/** The store's name in tables: persons x templates of each. */
export function nameOf({ persons, templatesEach }: Contents): string {
  return `${persons}x${templatesEach}`;
}

/** The embedder that the daemon has unless told otherwise: templates of another are not searched. */
export const EMBEDDER = 'fp-mobilefacenet-512';

const DIMENSION = 512;
/** Changes that share one commit; it is not the speed of enrollments that is measured. */
const AT_ONCE = 128;

/** The folder of a store with these contents, made where it is not there from a run before; a minute for 100,000 templates. */
export async function storeWith(contents: Contents): Promise<string> {
  const { persons, templatesEach } = contents;
  const dir = join(tmpdir(), 'facegate-bench-start', `${nameOf(contents)}.schema-${SCHEMA_VERSION}`);
  if (existsSync(dir)) return dir;
  const unfinished = `${dir}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const onFatal = (error: Error) => {
    throw error;
  };
  const store = await openStore({ dir: unfinished, log: silentLogger, onFatal });
  const tell = progress(`enrolling ${nameOf(contents)}`);
  for (let from = 0; from < persons; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, persons - from) }, (_, i) => {
      const seeds = Array.from({ length: templatesEach }, (_, n) => (from + i) * templatesEach + n);
      const change = newPersonChange(`bench-${from + i}`, seeds);
      const templates = change.templates.map((template, n) => ({
        ...template,
        embedding: embeddingOf(seeds[n], DIMENSION, EMBEDDER),
      }));
      return store.apply({ ...change, templates });
    });
    await Promise.all(some);
    tell(from, persons);
  }
  await store.close();
  renameSync(unfinished, dir);
  return dir;
}
