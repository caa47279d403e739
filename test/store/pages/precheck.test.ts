import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertReadable } from '../../../src/store/pages/precheck.ts';
import { newPersonChange } from '../../support/people.ts';
import { openStoreIn, removeFolder, temporaryFolder } from '../../support/temporary-store.ts';

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

  it('stands before the opening of the store', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'data.mdb'), 'not a store at all'.repeat(1000));
    await expect(openStoreIn(folder)).rejects.toThrow(/not an LMDB file/);
    removeFolder(folder);
  });
});
