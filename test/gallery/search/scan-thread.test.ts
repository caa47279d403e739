import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Found } from '../../../src/gallery/search/rivals.ts';
import {
  createScanThread,
  type ScanSetup,
  type ScanThread,
} from '../../../src/gallery/search/scan-thread.ts';
import { silentLogger } from '../../../src/platform/logger.ts';

const [CRASH, HANG, FINE] = [1, 2, 3];
const faulty = new URL('./faulty-scan-worker.mjs', import.meta.url);
const limits = { startMs: 20_000, jobMs: 300, backoffMs: 20 };

describe('a scan thread', () => {
  let thread: ScanThread;
  afterEach(() => thread.close());

  const open = (layout = '', file = faulty) => {
    thread = createScanThread({ file, setup: { layout } as unknown as ScanSetup, log: silentLogger, limits });
  };
  const scan = (to: number) => thread.scan({ probes: [], rows: { blocks: new Uint32Array(), from: 0, to } });
  const scanUntilAnswered = async (): Promise<Found[]> => {
    for (;;) {
      const found = await scan(FINE);
      if (found) return found;
      await sleep(10);
    }
  };

  it('starts with the first job, which its caller does, and does the later ones', async () => {
    open();
    expect(await scan(FINE)).toBeUndefined();
    expect(await scanUntilAnswered()).toEqual([{ rows: Uint32Array.of(FINE), proof: [] }]);
  });

  it('gives the job back when its worker crashes over it or hangs, and starts another', async () => {
    open();
    for (const failure of [CRASH, HANG]) {
      await scanUntilAnswered();
      expect(await scan(failure)).toBeUndefined();
      expect(await scan(FINE)).toBeUndefined();
    }
    expect(await scanUntilAnswered()).toHaveLength(1);
  });

  it('leaves every job to the caller where no worker can start', async () => {
    open('unusable');
    for (let i = 0; i < 5; i++) {
      expect(await scan(FINE)).toBeUndefined();
      await sleep(20);
    }
    await thread.close();
    open('', new URL('./no-such-worker.mjs', import.meta.url));
    expect(await scan(FINE)).toBeUndefined();
  });

  it('gives the job back when it is closed, and takes none any more', async () => {
    open();
    await scanUntilAnswered();
    const hanging = scan(HANG);
    await thread.close();
    expect(await hanging).toBeUndefined();
    expect(await scan(FINE)).toBeUndefined();
    await thread.close();
  });
});
