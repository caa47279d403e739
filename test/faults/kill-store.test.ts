import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openGallery } from '../../src/gallery/gallery.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { embeddingOf, MODEL } from '../support/people.ts';
import { createLedger } from '../support/store-ledger.ts';
import { openStoreIn, removeFolder, temporaryFolder } from '../support/temporary-store.ts';

const child = fileURLToPath(new URL('../../dist/test/support/store-torture-child.js', import.meta.url));
const KILLS = 50;
const LONGEST_MS = 250;

describe('a store whose process is killed', () => {
  let dir: string;
  beforeEach(() => {
    dir = temporaryFolder();
  });
  afterEach(() => removeFolder(dir));

  /** The output of a child that is killed a random time after its first word. */
  const runUntilKilled = async (run: number): Promise<string> => {
    const victim = spawn(process.execPath, [child, dir, String(run)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
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
  };

  it(`loses nothing acknowledged, tears nothing and brings nobody back, ${KILLS} times`, async () => {
    const ledger = createLedger();
    for (let kill = 0; kill < KILLS; kill++) {
      ledger.read(await runUntilKilled(kill));
      const store = await openStoreIn(dir);
      expect(ledger.faults(store), `after kill ${kill + 1}`).toEqual([]);
      for (const { norm, embedding } of store.templates.all()) expect(embedding).toEqual(embeddingOf(norm));
      const gallery = await openGallery({ store, embedderId: MODEL, maxImages: 5, log: silentLogger });
      expect(gallery.size().templates).toBe([...store.templates.all()].length);
      await store.close();
    }
    expect(ledger.acknowledged()).toBeGreaterThan(KILLS * 5);
  }, 120_000);
});
