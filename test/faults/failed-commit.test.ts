import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createLedger, noFaults } from '../support/store-ledger.ts';
import { openStoreIn, removeFolder, temporaryFolder } from '../support/temporary-store.ts';

const child = fileURLToPath(new URL('../../dist/test/support/store-torture-child.js', import.meta.url));

describe('a store that cannot grow', () => {
  it('tells its process to end, and has everything acknowledged when it is opened again', async () => {
    const dir = temporaryFolder();
    // The limit of the file's size stands in for a full disk: writes fail with EFBIG instead of ENOSPC.
    const { status, signal, stdout } = spawnSync(
      'bash',
      ['-c', 'ulimit -f 300; exec "$0" "$1" "$2" 0 linger', process.execPath, child, dir],
      { encoding: 'utf8', timeout: 120_000 },
    );
    const told = stdout.split('\n').filter(line => /fatal|unhandled|refused/.test(line));
    expect({ status, signal }).toEqual({ status: 70, signal: null });
    expect(told.filter(line => line.includes('fatal'))).toEqual(['{"fatal":true}']);
    expect(told.filter(line => line.includes('refused'))).toEqual(Array(6).fill('{"refused":"internal"}'));
    expect(told.filter(line => line.includes('unhandled') && !line.includes('true'))).toEqual([]);
    const ledger = createLedger();
    ledger.read(stdout);
    expect(ledger.acknowledged()).toBeGreaterThan(5);
    const store = await openStoreIn(dir);
    expect(ledger.faults(store)).toEqual(noFaults());
    await store.close();
    removeFolder(dir);
  });
});
