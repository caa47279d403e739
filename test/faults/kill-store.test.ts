import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Embedding } from '../../src/domain/face.ts';
import { openGallery } from '../../src/gallery/gallery.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { embeddingOf, enrollmentPolicy, MODEL } from '../support/people.ts';
import { createLedger } from '../support/store-ledger.ts';
import { openStoreIn, removeFolder, temporaryFolder } from '../support/temporary-store.ts';

const child = fileURLToPath(new URL('../../dist/test/support/store-torture-child.js', import.meta.url));
const KILLS = 50;
const LONGEST_MS = 250;

describe('a store whose process is killed', () => {
  it(`loses nothing acknowledged, tears nothing and brings nobody back, ${KILLS} times`, async () => {
    const acknowledged = await Promise.all([tortureOneStore(KILLS / 2), tortureOneStore(KILLS / 2)]);
    expect(Math.min(...acknowledged)).toBeGreaterThan(KILLS);
  }, 120_000);
});

/** How many changes were acknowledged. */
async function tortureOneStore(kills: number): Promise<number> {
  const dir = temporaryFolder();
  const ledger = createLedger();
  for (let kill = 1; kill <= kills; kill++) {
    ledger.read(await runUntilKilled(dir, String(kill)));
    const store = await openStoreIn(dir);
    const templates = [...store.templates.all()];
    const torn = templates.filter(({ norm, embedding }) => !isSame(embedding, embeddingOf(norm)));
    expect([...ledger.faults(store), ...torn.map(({ id }) => id)], `after kill ${kill}`).toEqual([]);
    const gallery = await openGallery({
      store,
      embedderId: MODEL,
      maxImages: 5,
      policy: enrollmentPolicy(),
      log: silentLogger,
    });
    expect(gallery.size().templates).toBe(templates.length);
    await store.close();
  }
  removeFolder(dir);
  return ledger.acknowledged();
}

/** The output of a child that is killed a random time after its first word. */
async function runUntilKilled(dir: string, run: string): Promise<string> {
  const victim = spawn(process.execPath, [child, dir, run], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(victim, 'close');
  let output = '';
  victim.stdout.setEncoding('utf8').on('data', text => {
    output += text;
  });
  await Promise.race([once(victim.stdout, 'data'), closed]);
  await new Promise(resolve => setTimeout(resolve, Math.random() * LONGEST_MS));
  victim.kill('SIGKILL');
  expect(await closed).toEqual([null, 'SIGKILL']);
  return output;
}

function isSame(a: Embedding, b: Embedding): boolean {
  return a.modelId === b.modelId && Buffer.compare(bytesOf(a), bytesOf(b)) === 0;
}

function bytesOf({ vector }: Embedding): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}
