import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Damage, IntactStore } from '../support/store-damage.ts';
import { makeIntactStore, openDamaged, randomFlips } from '../support/store-damage.ts';
import { createStoreReader, type Look, type StoreReader } from '../support/store-reader.ts';
import { removeFolder, temporaryFolder } from '../support/temporary-store.ts';

const child = fileURLToPath(new URL('../../dist/test/support/store-reader-child.js', import.meta.url));
const reader = [process.execPath, child] as const;
const isRoot = process.getuid?.() === 0;
const PAGE = 4096;
/** `npm run faults:store -- --flips 1000` does as many. */
const FLIPS = 40;
/** One in CI, so that a submission fails for what it changed. */
const seed = process.env.CI ? 20_261_124 : Date.now();

describe('a damaged store', () => {
  let intact: IntactStore;
  const plain = createStoreReader([...reader]);
  // Without its capabilities root is stopped by modes like everybody else.
  const powerless = createStoreReader(isRoot ? ['setpriv', '--bounding-set=-all', ...reader] : [...reader]);
  beforeAll(async () => {
    intact = await makeIntactStore([...reader]);
  });
  afterAll(() => {
    plain.close();
    powerless.close();
    removeFolder(intact.dir);
  });

  it(`is refused, or tells what is damaged, whichever of ${FLIPS} random bytes was changed`, async () => {
    const result = await openDamaged(intact, randomFlips(intact, FLIPS, seed), [...reader]);
    expect(result.wrong, `seed ${seed}`).toEqual([]);
    expect(result.refused).toBeGreaterThan(FLIPS / 20);
  });

  it('is refused when it is cut at any page, but for the last', async () => {
    const { size } = statSync(join(intact.dir, 'data.mdb'));
    const cuts = Array.from({ length: size / PAGE - 1 }, (_, page): Damage => {
      const length = (page + 1) * PAGE;
      return { what: `cut to ${length}`, apply: dir => truncateSync(join(dir, 'data.mdb'), length) };
    });
    expect(cuts.length).toBeGreaterThan(50);
    const { cases, refused } = await openDamaged(intact, cuts, [...reader]);
    expect(refused).toBe(cases);
  });

  it('is opened in spite of a lock that a crash or another program has left', async () => {
    const lock = 'lock.mdb';
    const locks: Damage[] = [
      { what: 'no lock', apply: dir => rmSync(join(dir, lock)) },
      { what: 'an empty lock', apply: dir => writeFileSync(join(dir, lock), '') },
      { what: 'a lock of zeros', apply: dir => writeFileSync(join(dir, lock), Buffer.alloc(8272)) },
      { what: 'a foreign lock', apply: dir => writeFileSync(join(dir, lock), Buffer.alloc(8272, 0xa5)) },
    ];
    const result = await openDamaged(intact, locks, [...reader]);
    expect(result).toMatchObject({ right: locks.length, wrong: [] });
  });

  it.each<[string, (dir: string) => void, RegExp]>([
    [
      'a foreign file',
      dir => writeFileSync(join(dir, 'data.mdb'), 'hello '.repeat(9999)),
      /not an LMDB file/,
    ],
    ['no data', dir => rmSync(join(dir, 'data.mdb')), /has keys of persons but no data/],
    ['no key', dir => rmSync(join(dir, 'store.key')), /store\.key is missing/],
    [
      'the key of another store',
      dir => writeFileSync(join(dir, 'store.key'), 'ab'.repeat(32)),
      /put the right key back/,
    ],
    ['a key that is none', dir => writeFileSync(join(dir, 'store.key'), 'open sesame'), /64 hex digits/],
    ['no keys of persons', dir => rmSync(join(dir, 'persons.keys')), /persons\.keys is missing/],
    ['half the keys of persons', dir => truncateSync(join(dir, 'persons.keys'), 64), /not a file of keys/],
    ['a folder where a file should be', dir => folderFor(dir, 'persons.keys'), /cannot be used \(EISDIR\)/],
  ])('is refused with a sentence and 78 when it has %s', async (_, damage, sentence) => {
    const look = await lookAfter(intact, damage, plain);
    expect(look).toEqual({ refused: expect.stringMatching(sentence), exitCode: 78 });
  });

  it.each(['data.mdb', 'persons.keys', 'store.key', '.'])(
    'is refused with a sentence and 78 when %s belongs to another and may not be read',
    async name => {
      const lock = (dir: string) => {
        chmodSync(join(dir, name), 0);
        if (isRoot) chownSync(join(dir, name), 65_534, 65_534);
      };
      const look = await lookAfter(intact, lock, powerless);
      expect(look).toEqual({ refused: expect.stringMatching(/\(EACCES\)/), exitCode: 78 });
    },
  );

  it('is refused with a sentence and 78 on a file system that is read only', async () => {
    const namespaces = isRoot ? ['--mount'] : ['--map-root-user', '--mount'];
    const remount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"';
    const dir = temporaryFolder();
    cpSync(intact.dir, dir, { recursive: true });
    const command = ['unshare', ...namespaces, 'sh', '-c', remount, dir, ...reader] as const;
    const readOnly = createStoreReader([...command]);
    const look = await readOnly.look(dir, intact.known);
    expect(look).toEqual({ refused: expect.stringMatching(/\(EROFS\)/), exitCode: 78 });
    readOnly.close();
    removeFolder(dir);
  });
});

async function lookAfter(
  { dir, known }: IntactStore,
  damage: (dir: string) => void,
  child: StoreReader,
): Promise<Look> {
  const copy = temporaryFolder();
  cpSync(dir, copy, { recursive: true });
  damage(copy);
  const look = await child.look(copy, known);
  removeFolder(copy);
  return look;
}

function folderFor(dir: string, name: string): void {
  rmSync(join(dir, name));
  mkdirSync(join(dir, name));
}
