import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../src/store/store.ts';
import { SCHEMA_VERSION } from '../../../src/store/tables/schema.ts';
import { type BackupGround, idsIn, openBackupGround, tokenOf } from '../../support/backup-ground.ts';
import { newPersonChange } from '../../support/people.ts';

let ground: BackupGround;

beforeEach(async () => {
  ground = await openBackupGround();
});
afterEach(() => ground.close());

describe('a backup', () => {
  it('restores in another folder with the key only, and is written down at both ends', async () => {
    for (const id of ['ada', 'bob']) await ground.store.apply(newPersonChange(id, [1, 2]));
    await ground.store.tokens.add(tokenOf('a'));
    const manifest = await ground.backup();
    expect(manifest).toMatchObject({
      counts: { persons: 2, templates: 4, tokens: 1 },
      schema: SCHEMA_VERSION,
    });
    expect(existsSync(ground.at('backup', 'store.key'))).toBe(false);
    expect(existsSync(ground.at('backup', 'lock.mdb'))).toBe(false);
    for (const name of ['backup.json', 'data.mdb', 'persons.keys'])
      expect(statSync(ground.at('backup', name)).mode & 0o777).toBe(0o600);

    const report = await ground.restore();
    expect(report).toMatchObject({ counts: manifest.counts, forgotten: 0, dropped: 0 });
    expect(existsSync(ground.at('other', 'restoring'))).toBe(false);
    await ground.restored(async other => {
      expect(idsIn(other)).toEqual(['ada', 'bob']);
      expect([...other.templates.all()]).toHaveLength(4);
      expect(await other.audit.verify()).toMatchObject({ intact: true });
      const acts = other.audit
        .page({ customerId: 'default', after: 0, limit: 100 })
        .entries.map(({ act }) => act);
      expect(acts.slice(-2)).toEqual(['store.backup', 'store.restore']);
    });
  });

  it('tells how many persons it has read, as does a restore', async () => {
    for (let at = 0; at < 41; at++) await ground.store.apply(newPersonChange(`person-${at}`, [at]));
    const told: number[] = [];
    const onPersons = (persons: number) => told.push(persons);
    await ground.backup({ onPersons });
    await ground.restore({ onPersons });
    expect(told).toEqual([20, 40, 20, 40]);
  });

  it('is not made where something is, nor where it would fill the disk, and leaves nothing then', async () => {
    mkdirSync(ground.at('full'));
    writeFileSync(ground.at('full', 'file'), '');
    await expect(ground.backup({ target: ground.at('full') })).rejects.toThrow('is there already');
    const full = ground.backup({ space: () => ({ free: 64 * 1024 * 1024, total: 1e9 }) });
    await expect(full).rejects.toMatchObject({ code: 'storage_full' });
    expect([existsSync(ground.at('backup')), existsSync(ground.at('backup.unfinished'))]).toEqual([
      false,
      false,
    ]);
  });

  it('is none where a record of the copy is damaged', async () => {
    await ground.store.apply(newPersonChange('ada'));
    const damaging: Pick<Store, 'backup' | 'audit'> = {
      audit: ground.store.audit,
      backup: async dir => {
        await ground.store.backup(dir);
        const bytes = readFileSync(join(dir, 'persons.keys'));
        bytes[128 + 30] ^= 1;
        for (let slot = 0; slot < 256; slot++) bytes[128 + slot * 64 + 30] ^= 1;
        writeFileSync(join(dir, 'persons.keys'), bytes);
      },
    };
    const made = ground.backup({ store: damaging });
    await expect(made).rejects.toThrow(/is not sound: .*persons cannot be read/);
    expect(existsSync(ground.at('backup'))).toBe(false);
  });

  it('of a moment in which the key was changed is refused, and the next one is good', async () => {
    const rotating: Pick<Store, 'backup' | 'audit'> = {
      audit: ground.store.audit,
      backup: async dir => {
        await ground.store.backup(dir);
        await ground.store.rotateKey('cli');
      },
    };
    await expect(ground.backup({ store: rotating })).rejects.toMatchObject({ code: 'overloaded' });
    await expect(ground.backup()).resolves.toMatchObject({ format: 'facegate-backup' });
  });
});
