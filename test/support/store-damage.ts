import { copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deleteOne, fillStore, type Known } from './store-contents.ts';
import { createStoreReader, type Look } from './store-reader.ts';
import { openStoreIn, removeFolder, temporaryFolder } from './temporary-store.ts';

/** What came of opening damaged stores. */
export interface DamageResult {
  readonly cases: number;
  readonly refused: number;
  /** Opened, and all is there. */
  readonly right: number;
  /** Opened, and what cannot be read says so. */
  readonly told: number;
  /** Crashes and wrong or missing data: there must be none. */
  readonly wrong: readonly string[];
}

/** A change of one file of the store. */
export interface Damage {
  readonly what: string;
  apply(dir: string): void;
}

/** An intact store and what is in it. */
export interface IntactStore {
  readonly dir: string;
  readonly known: Known;
  readonly look: Look;
}

/** A store with something of every kind, closed. */
export async function makeIntactStore(reader: readonly [string, ...string[]]): Promise<IntactStore> {
  const [made, dir] = [temporaryFolder(), temporaryFolder()];
  const store = await openStoreIn(made);
  const filled = await fillStore(store, 16);
  // A copy has no free pages, where damage does none.
  await store.backup(dir);
  await store.close();
  copyFileSync(join(made, 'store.key'), join(dir, 'store.key'));
  removeFolder(made);
  const copy = await openStoreIn(dir);
  const known = await deleteOne(copy, filled);
  await copy.close();
  const [look] = await lookAtDamaged(
    { dir, known, look: {} },
    [{ what: 'none', apply: () => undefined }],
    reader,
  );
  if (!look.afterwards) throw new Error(`The intact store cannot be read: ${JSON.stringify(look)}`);
  return { dir, known, look };
}

/** Applies each damage to a fresh copy of the store and opens that with the program `reader`. */
export async function openDamaged(
  intact: IntactStore,
  damages: readonly Damage[],
  reader: readonly [string, ...string[]],
): Promise<DamageResult> {
  const looks = await lookAtDamaged(intact, damages, reader);
  const counts = { refused: 0, right: 0, told: 0 };
  const wrong: string[] = [];
  for (const [at, look] of looks.entries()) {
    const verdict = judge(intact.look, look);
    if (verdict in counts) counts[verdict as keyof typeof counts]++;
    else wrong.push(`${damages[at].what}: ${verdict}`);
  }
  return { cases: damages.length, ...counts, wrong };
}

/** `count` random bytes of the store's files, each changed in a copy of its own; the same for the same seed. */
export function randomFlips(intact: IntactStore, count: number, seed: number): Damage[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    // One in ten hits a file of keys; the rest hits the data, which is far larger.
    const file = random() < 0.9 ? 'data.mdb' : random() < 0.9 ? 'persons.keys' : 'store.key';
    const at = Math.floor(random() * readFileSync(join(intact.dir, file)).length);
    const mask = 1 + Math.floor(random() * 255);
    return {
      what: `${file} byte ${at} ^ ${mask}`,
      apply: (dir: string) => changeByte(join(dir, file), at, mask),
    };
  });
}

async function lookAtDamaged(
  { dir, known }: IntactStore,
  damages: readonly Damage[],
  command: readonly [string, ...string[]],
): Promise<Look[]> {
  const reader = createStoreReader(command);
  const copy = memoryFolder();
  const looks: Look[] = [];
  for (const damage of damages) {
    rmSync(copy, { recursive: true, force: true });
    cpSync(dir, copy, { recursive: true });
    damage.apply(copy);
    looks.push(await reader.look(copy, known));
  }
  reader.close();
  removeFolder(copy);
  return looks;
}

/** In memory where there is such a folder: what is read here need not outlive anything. */
function memoryFolder(): string {
  return existsSync(MEMORY) ? mkdtempSync(join(MEMORY, 'facegate-store.')) : temporaryFolder();
}

const MEMORY = '/dev/shm';

function judge(intact: Look, look: Look): string {
  if (look.refused !== undefined) {
    const isSentence = !look.refused.includes('\n') && look.exitCode === 78;
    return isSentence ? 'refused' : `refused with ${look.exitCode}: ${look.refused}`;
  }
  if (look.crashed !== undefined) return `crashed: ${look.crashed}`;
  if (look.fatal !== undefined) return `a commit failed: ${look.fatal}`;
  let isRight = true;
  for (const stage of ['contents', 'writing', 'afterwards'] as const)
    for (const [part, expected] of Object.entries(intact[stage]!)) {
      const found = look[stage]?.[part];
      if (JSON.stringify(found) === JSON.stringify(expected)) continue;
      isRight = false;
      const isTold = part === 'audit' || (found as { refused?: string } | undefined)?.refused !== undefined;
      if (!isTold)
        return `${part} of ${stage} is ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`;
    }
  return isRight ? 'right' : 'told';
}

function changeByte(file: string, at: number, mask: number): void {
  const bytes = readFileSync(file);
  bytes[at] ^= mask;
  writeFileSync(file, bytes);
}

/** Numbers from 0 up to 1 (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
