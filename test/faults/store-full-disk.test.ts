import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runOnSmallDisk } from '../support/small-disk.ts';
import { removeFolder, temporaryFolder } from '../support/temporary-store.ts';

const child = fileURLToPath(new URL('../../dist/test/support/store-full-disk-child.js', import.meta.url));
const MEBIBYTE = 2 ** 20;

describe('a store whose disk another program fills', () => {
  let folder: string;
  beforeAll(() => {
    folder = temporaryFolder();
  });
  afterAll(() => removeFolder(folder));

  const run = (mode: 'watched' | 'blind', reserve: number, megabytes: number) => {
    const { status, signal, stdout, stderr } = runOnSmallDisk([child, folder, mode, String(reserve)], {
      folder,
      megabytes,
    });
    return { status, signal, stderr, told: stdout === '' ? undefined : JSON.parse(stdout) };
  };

  it('goes on matching and deleting, refuses to enroll, and takes up again when there is space', () => {
    const { status, stderr, told } = run('watched', 16 * MEBIBYTE, 120);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(told).toMatchObject({
      refusals: Array(4).fill('storage_full'),
      free: 0,
      matchGoesOn: true,
      event: 'storage_full',
      rotation: 'storage_full',
      rotationAfterwards: 'done',
      foundAfterwards: 0,
      stillFull: 0,
      isWhole: true,
      auditIsIntact: true,
    });
    expect(told.deleted).toBeGreaterThanOrEqual(20);
  });

  it('commits into the blocks that it has reserved when the disk is full before it looks', () => {
    const { status, stderr, told } = run('blind', 16 * MEBIBYTE, 40);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(told).toEqual({ free: 0, enrolled: 190, freeAfter: 0, isWhole: true, auditIsIntact: true });
  });

  it('ends its process where it has no reserve', () => {
    const { status, signal, told } = run('blind', 0, 40);
    expect({ status, signal, told }).toEqual({ status: 70, signal: null, told: undefined });
  });
});
