import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openBackups } from '../../src/daemon/backups.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { defaultKeySource } from '../../src/store/keys/keyring.ts';
import { type BackupGround, openBackupGround } from '../support/backup-ground.ts';
import { newPersonChange } from '../support/people.ts';

let ground: BackupGround;
let clock: number;

beforeEach(async () => {
  ground = await openBackupGround();
  clock = Date.UTC(2026, 10, 24);
});
afterEach(() => ground.close());

const opened = () =>
  openBackups({
    store: ground.store,
    dir: ground.at('state'),
    key: defaultKeySource(ground.at('state')),
    log: silentLogger,
    now: () => (clock += 1000),
  });

it('makes backups beside the store, keeps the newest seven, and leaves alone what is not its own', async () => {
  const backups = opened();
  expect(backups.list()).toEqual([]);
  mkdirSync(ground.at('state', 'backups', 'by hand'), { recursive: true });
  const made = [];
  for (let count = 0; count < 9; count++) made.push(await backups.make('token:abc'));
  expect(backups.list()).toEqual(made.slice(2).reverse());
  expect(readdirSync(ground.at('state', 'backups'))).toContain('by hand');
  await backups.close();
});

it('makes one at a time, and is closed behind the one that is being made', async () => {
  await ground.store.apply(newPersonChange('ada'));
  const backups = opened();
  const first = backups.make('token:abc');
  await expect(backups.make('token:abc')).rejects.toMatchObject({ code: 'overloaded' });
  await backups.close();
  const { name } = await first;
  expect(await ground.restore({ from: ground.at('state', 'backups', name) })).toMatchObject({
    counts: { persons: 1 },
  });
});

it('lists only what was finished', async () => {
  const backups = opened();
  const { name } = await backups.make('token:abc');
  rmSync(join(ground.at('state', 'backups', name), 'backup.json'));
  expect(backups.list()).toEqual([]);
});
