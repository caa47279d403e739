import { randomBytes } from 'node:crypto';
import { copyFileSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/platform/logger.ts';
import { sealJson } from '../../../src/store/records/record.ts';
import { openStore } from '../../../src/store/store.ts';
import { newPersonChange } from '../../support/people.ts';
import { bytesBelow, flipped, tamper } from '../../support/store-files.ts';
import { eventOf } from '../../support/stored-events.ts';
import { openStoreIn, ROOMY, removeFolder, temporaryFolder } from '../../support/temporary-store.ts';

const ada = newPersonChange('ada@customer.example', [1, 2]);
const bob = newPersonChange('bob', [3]);
const pixels = Buffer.concat([Buffer.from('JPEG of a face '), randomBytes(5000)]);

describe('a sealed store', () => {
  let dir: string;
  beforeEach(async () => {
    dir = temporaryFolder();
    const store = await openStoreIn(dir);
    const keptImages = [{ templateId: ada.templates[0]!.id, bytes: pixels }];
    const consent = { id: 'paper-7', givenAt: 5 };
    await store.apply({ ...ada, keptImages, consent });
    await store.apply(bob);
    await store.outbox.append(seq => eventOf(seq, ada.person));
    await store.outbox.append(seq => eventOf(seq));
    const token = { hash: 'ab'.repeat(32), customerId: 'default', role: 'admin' } as const;
    await store.tokens.add({ ...token, name: 'front desk', createdAt: 1 });
    await store.close();
  });
  afterEach(() => removeFolder(dir));

  const openWith = (credential?: string, previousCredential?: string) =>
    openStore({
      dir,
      log: silentLogger,
      onFatal: error => {
        throw error;
      },
      space: () => ROOMY,
      key: {
        file: join(dir, 'store.key'),
        ...(credential && { credential }),
        ...(previousCredential && { previousCredential }),
      },
    });
  const refusal = async (opening: Promise<unknown> = openStoreIn(dir)) => {
    const error = await opening.then(
      () => undefined,
      (reason: Error & { exitCode?: number }) => reason,
    );
    expect(error).toMatchObject({ name: 'StartupError', exitCode: 78 });
    return error!.message;
  };
  /** The same damage as a bad disk does it, and as somebody does who can compute a checksum. */
  const withChecksum = (record: Buffer, from = 0) => {
    record.writeUInt32LE(crc32(record.subarray(from + 4)), from);
    return record;
  };

  it('shows nothing of a person to who has the files and not the key, and no key at all', () => {
    const disk = bytesBelow(dir, ['store.key']);
    const digits = readFileSync(join(dir, 'store.key'), 'utf8').trim();
    const { vector } = ada.templates[0]!.embedding;
    const texts = [
      'ada@customer',
      'Ada',
      ada.person.id,
      ada.templates[0]!.id,
      'paper-7',
      'JPEG of',
      'front desk',
    ];
    for (const text of [...texts, digits, Buffer.from(digits, 'hex').toString('latin1')])
      expect(disk, text).not.toContain(text);
    for (let at = 0; at < 512; at += 16)
      expect(disk).not.toContain(Buffer.from(vector.buffer, at * 4, 16).toString('latin1'));
    expect(disk).not.toContain('unknown_seen');
  });

  it('has its keys for the owner alone', () => {
    for (const name of ['store.key', 'persons.keys'])
      expect(statSync(join(dir, name)).mode & 0o777, name).toBe(0o600);
    expect(readFileSync(join(dir, 'store.key'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  });

  it('says which key it is sealed with when another is given, and opens again with the right one', async () => {
    const right = readFileSync(join(dir, 'store.key'));
    writeFileSync(join(dir, 'store.key'), 'ab'.repeat(32));
    expect(await refusal()).toMatch(/sealed with the key [0-9a-f]{16} and the key given is [0-9a-f]{16}:/);
    expect(await refusal(openWith('cd'.repeat(32)))).toMatch(/put the right key back/);
    writeFileSync(join(dir, 'store.key'), 'no key');
    expect(await refusal()).toMatch(/store\.key must hold a key of 64 hex digits/);
    expect(await refusal(openWith('short'))).toMatch(/FACEGATE_STORE_KEY must hold a key of 64 hex digits/);
    writeFileSync(join(dir, 'store.key'), right);
    const store = await openStoreIn(dir);
    expect(store.persons.get(ada.person.id)).toEqual(ada.person);
    expect(store.visits.consent(ada.person.id)).toEqual({ id: 'paper-7', givenAt: 5 });
    expect(store.tokens.list()).toMatchObject([{ name: 'front desk' }]);
    expect(store.outbox.read(0, 9)).toHaveLength(2);
    await store.close();
  });

  it('does not begin anew where a part of it is lost', async () => {
    for (const [lost, message] of [
      ['store.key', /store\.key is missing/],
      ['persons.keys', /persons\.keys is missing/],
      ['data.mdb', /keys of persons but no data/],
    ] as const) {
      const file = join(dir, lost);
      renameSync(file, `${file}.away`);
      expect(await refusal(), lost).toMatch(message);
      renameSync(`${file}.away`, file);
    }
    writeFileSync(join(dir, 'persons.keys'), 'x'.repeat(500));
    expect(await refusal()).toMatch(/not a file of keys/);
  });

  it('does not take an emptied file of data for a new store', async () => {
    rmSync(join(dir, 'data.mdb'));
    writeFileSync(join(dir, 'data.mdb'), '');
    expect(await refusal()).toMatch(/keys of persons but no data/);
  });

  it('refuses a store of before the first release', async () => {
    const old = temporaryFolder();
    await tamper(old, 'meta', (_, table) => table.put(Buffer.from('schema'), sealJson(1)));
    expect(await refusal(openStoreIn(old))).toMatch(/before the first release/);
    removeFolder(old);
  });

  it.each(['persons', 'images', 'tokens', 'outbox'])(
    'tells damage, tampering and swapping in %s apart',
    async table => {
      const head = table === 'persons' ? 4 : table === 'outbox' ? 16 : 0;
      const read = async () => {
        const store = await openStoreIn(dir);
        try {
          for (const _ of store.persons.all());
          for (const { templateId } of ada.person.images) store.images.get(ada.person.id, templateId);
          store.tokens.list();
          store.outbox.read(0, 9);
          return 'nothing';
        } catch (error) {
          return (error as Error).message;
        } finally {
          await store.close();
        }
      };
      const backup = readFileSync(join(dir, 'data.mdb'));
      const restore = () => writeFileSync(join(dir, 'data.mdb'), backup);
      expect(await read()).toBe('nothing');
      await tamper(dir, table, ([row], raw) => raw.put(row!.key, flipped(row!.value)));
      expect(await read()).toMatch(new RegExp(`damaged record \\(${table}\\)`));
      restore();
      await tamper(dir, table, ([row], raw) => raw.put(row!.key, withChecksum(flipped(row!.value), head)));
      expect(await read()).toMatch(new RegExp(`tampered with, or sealed with another key \\(${table}\\)`));
      restore();
      await tamper(dir, table, async (rows, raw) => {
        const [row] = rows;
        const other = rows[1]?.value ?? Buffer.concat([row!.value.subarray(0, head)]);
        const moved = Buffer.concat([row!.value.subarray(0, head), other.subarray(head)]);
        if (rows.length > 1) return raw.put(row!.key, moved);
        await raw.remove(row!.key);
        await raw.put(Buffer.concat([row!.key.subarray(0, -1), Buffer.of(row!.key.at(-1)! ^ 1)]), row!.value);
      });
      const said = await read().catch((error: Error) => error.message);
      expect(said).toMatch(new RegExp(`(in the place of another|not in its place) \\(${table}\\)`));
    },
  );

  it('counts what is damaged before it says why it does not start', async () => {
    await tamper(dir, 'persons', async (rows, raw) => {
      for (const { key, value } of rows) await raw.put(key, flipped(value));
    });
    const store = await openStoreIn(dir);
    expect(() => [...store.templates.all()]).toThrow(
      /^2 of 2 records of persons cannot be read, the first for this reason: .*restore a backup/,
    );
    await store.close();
  });

  it('does not pass over a person whom no customer could find or delete', async () => {
    await tamper(dir, 'persons_by_customer', ([row], raw) => raw.remove(row!.key));
    const store = await openStoreIn(dir);
    expect(() => [...store.persons.all()]).toThrow(/1 of 2 records of persons .* in no list/);
    await store.close();
  });

  it('does not open a person with the key of another', async () => {
    const keys = readFileSync(join(dir, 'persons.keys'));
    const slots = [...Array((keys.length - 128) / 64).keys()];
    const swapped = Buffer.from(keys);
    for (const slot of slots) keys.copy(swapped, 128 + slot * 64, 128 + (slots.length - 1 - slot) * 64);
    copyFileSync(join(dir, 'persons.keys'), join(dir, 'kept'));
    writeFileSync(join(dir, 'persons.keys'), swapped);
    const store = await openStoreIn(dir);
    expect(() => store.persons.get(ada.person.id)).toThrow(/key of a person is missing or damaged/);
    await store.close();
  });
});
