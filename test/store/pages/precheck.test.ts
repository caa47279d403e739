import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertReadable } from '../../../src/store/pages/precheck.ts';
import { newPersonChange } from '../../support/people.ts';
import { openStoreIn, removeFolder, temporaryFolder } from '../../support/temporary-store.ts';

const PAGE_BYTES = 4096;

describe('the check before opening', () => {
  let dir: string;
  let intact: string;
  beforeAll(async () => {
    dir = temporaryFolder();
    const store = await openStoreIn(dir);
    for (let i = 0; i < 40; i++) await store.apply(newPersonChange(`p${i}`, [i, i + 100]));
    await store.close();
    intact = join(dir, 'data.mdb');
  });
  afterAll(() => removeFolder(dir));

  const damaged = (change: (file: string) => void): string => {
    const file = join(dir, 'damaged.mdb');
    copyFileSync(intact, file);
    change(file);
    return file;
  };
  const overwrite = (file: string, offset: number, bytes: Uint8Array) => {
    const content = readFileSync(file);
    content.set(bytes, offset);
    writeFileSync(file, content);
  };
  const writeUint32 = (file: string, offset: number, value: number) =>
    overwrite(file, offset, new Uint8Array(Uint32Array.of(value).buffer));

  it('passes a store, an absent file and an empty one', () => {
    assertReadable(intact);
    assertReadable(join(dir, 'absent.mdb'));
    assertReadable(damaged(file => truncateSync(file, 0)));
  });

  it.each<[string, (file: string) => void, RegExp]>([
    ['a text file', file => writeFileSync(file, 'hello '.repeat(5000)), /not an LMDB file/],
    ['a file of a few bytes', file => truncateSync(file, 20), /not an LMDB file/],
    ['one page alone', file => truncateSync(file, 4096), /second page/],
    ['a zeroed first page', file => overwrite(file, 0, new Uint8Array(4096)), /first page/],
    ['a zeroed second page', file => overwrite(file, 4096, new Uint8Array(4096)), /second page/],
    ['garbage on both pages', file => overwrite(file, 0, new Uint8Array(8192).fill(0xa5)), /first page/],
    ['half of itself', file => truncateSync(file, Math.floor(statSync(file).size / 2)), /truncated/],
    ['all but its last byte', file => truncateSync(file, statSync(file).size - 1), /truncated/],
    ['an impossible page size', file => writeUint32(file, 48, 4095), /first page/],
    ['page sizes that disagree', file => writeUint32(file, 4096 + 48, 8192), /second page/],
    ['another data version', file => writeUint32(file, 28, 1), /data version 1/],
    ['the mark of encryption', file => writeUint32(file, 52, 0x2000), /encrypted/],
  ])('refuses %s with a sentence', (_, change, message) => {
    const file = damaged(change);
    const attempt = () => assertReadable(file);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ name: 'StartupError', exitCode: 78 }));
  });

  describe('of meta pages whose numbers were changed to ones that follow each other', () => {
    const numbered = (at: number) => at * PAGE_BYTES + 152;
    const maps = (file: string) => [0, 1].map(at => Number(readFileSync(file).readBigUInt64LE(numbered(at))));
    const renumber = (file: string, at: number, by: number) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt(maps(file)[at]! + by));
      overwrite(file, numbered(at), bytes);
    };
    const brings = (file: string) => () => assertReadable(file, { pages: true });

    it('passes what lmdb wrote, through any number of commits, and a copy of it', async () => {
      const folder = temporaryFolder();
      const copy = join(folder, 'copy');
      const store = await openStoreIn(folder);
      for (let i = 0; i < 9; i++) {
        await store.apply(newPersonChange(`p${i}`, [i]));
        expect(brings(join(folder, 'data.mdb'))).not.toThrow();
      }
      await store.backup(copy);
      await store.close();
      expect(brings(join(copy, 'data.mdb'))).not.toThrow();
      copyFileSync(join(folder, 'store.key'), join(copy, 'store.key'));
      for (const name of ['a', 'b', 'c']) {
        const restored = await openStoreIn(copy);
        await restored.apply(newPersonChange(name, [1]));
        await restored.close();
        expect(brings(join(copy, 'data.mdb'))).not.toThrow();
      }
      removeFolder(folder);
    });

    it('refuses the state of before the last commit as the newest', () => {
      const file = damaged(copied => {
        const [first, second] = maps(copied);
        renumber(copied, first! > second! ? 1 : 0, 2);
      });
      const [first, second] = maps(file);
      expect(Math.abs(first! - second!)).toBe(1);
      expect(brings(file)).toThrow(/meta page that does not belong to its tables/);
    });

    it('takes a newest page that was made the older for one that lmdb could not write, and passes the rest', () => {
      const file = damaged(copied => {
        const [first, second] = maps(copied);
        renumber(copied, first! > second! ? 0 : 1, -2);
      });
      expect(brings(file)).not.toThrow();
    });
  });

  it('stands before the opening of the store', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'data.mdb'), 'not a store at all'.repeat(1000));
    await expect(openStoreIn(folder)).rejects.toThrow(/not an LMDB file/);
    removeFolder(folder);
  });
});
