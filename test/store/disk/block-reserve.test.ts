import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Logger, silentLogger } from '../../../src/platform/logger.ts';
import { openBlockReserve } from '../../../src/store/disk/block-reserve.ts';
import { removeFolder, temporaryFolder } from '../../support/temporary-store.ts';

const MEBIBYTE = 2 ** 20;

describe('a block reserve', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = temporaryFolder();
    file = join(dir, 'data');
    writeFileSync(file, 'data');
  });
  afterEach(() => removeFolder(dir));
  const behindTheEnd = () => statSync(file).blocks * 512 - statSync(file).size;

  it('belongs to the file and changes nothing that can be read of it', async () => {
    const reserve = openBlockReserve({ file, log: silentLogger, bytes: 4 * MEBIBYTE });
    expect(behindTheEnd()).toBeGreaterThanOrEqual(4 * MEBIBYTE);
    expect(readFileSync(file, 'utf8')).toBe('data');
    await reserve.close();
  });

  it('is filled up when the file has grown into half of it', async () => {
    const reserve = openBlockReserve({ file, log: silentLogger, bytes: 4 * MEBIBYTE });
    appendFileSync(file, Buffer.alloc(1 * MEBIBYTE));
    reserve.replenish();
    await reserve.close();
    expect(behindTheEnd()).toBeLessThan(4 * MEBIBYTE);
    appendFileSync(file, Buffer.alloc(2 * MEBIBYTE));
    reserve.replenish();
    await reserve.close();
    expect(behindTheEnd()).toBeGreaterThanOrEqual(4 * MEBIBYTE);
    expect(statSync(file).size).toBe(3 * MEBIBYTE + 4);
  });

  it('says once that it cannot be had, tries again later, and fails nothing', async () => {
    const told: string[] = [];
    const log: Logger = { ...silentLogger, warn: (_, text) => void told.push(text) };
    let now = 0;
    const gone = join(dir, 'gone', 'data');
    const reserve = openBlockReserve({ file: gone, log, bytes: MEBIBYTE, now: () => now });
    reserve.replenish();
    await reserve.close();
    now += 3_600_000;
    reserve.replenish();
    await reserve.close();
    expect(told).toEqual([expect.stringMatching(/No blocks could be reserved/)]);
  });
});
