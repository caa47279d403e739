import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, existsSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openGallery } from '../../src/gallery/gallery.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import type { Store } from '../../src/store/store.ts';
import { embeddingOf, enrollmentPolicy, MODEL } from './people.ts';
import { createLedger, type Faults, noFaults } from './store-ledger.ts';
import { openStoreIn, removeFolder, temporaryFolder } from './temporary-store.ts';

/** What came of killing the process of a store again and again. */
export interface TortureResult extends Faults {
  readonly kills: number;
  readonly acknowledged: number;
  readonly matches: number;
  readonly rotations: number;
  /** Entries of the audit log that were verified last, over all stores. */
  readonly audited: number;
  /** Each from the start of the program to a gallery that answers; milliseconds. */
  readonly starts: readonly number[];
}

/** A killed child is given up to this long after its first word. */
const LONGEST_MS = 300;
/** On a busy machine most would else be killed before they have done anything. */
const PATIENT = 0.8;

/**
 * Kills the torture child (the program at `child`) at random moments and looks through the store after each kill; every `killsPerStore`
 * kills a new store is begun. Rejects where a store does not open, its audit chain is broken, or the child ends by itself.
 */
export async function tortureStores(options: {
  child: string;
  kills: number;
  killsPerStore?: number;
  onKill?: () => void;
}): Promise<TortureResult> {
  const { child, kills, killsPerStore = 100, onKill = () => undefined } = options;
  const results: TortureResult[] = [];
  for (let left = kills; left > 0; left -= killsPerStore)
    results.push(await tortureOne({ child, kills: Math.min(left, killsPerStore), onKill }));
  return sumOf(results);
}

/** All results as one. */
export function sumOf(results: readonly TortureResult[]): TortureResult {
  const total = (count: (result: TortureResult) => number) => results.reduce((sum, it) => sum + count(it), 0);
  return {
    kills: total(it => it.kills),
    acknowledged: total(it => it.acknowledged),
    matches: total(it => it.matches),
    rotations: total(it => it.rotations),
    audited: total(it => it.audited),
    starts: results.flatMap(it => it.starts),
    lost: results.flatMap(it => it.lost),
    torn: results.flatMap(it => it.torn),
    resurrected: results.flatMap(it => it.resurrected),
  };
}

async function tortureOne(options: {
  child: string;
  kills: number;
  onKill: () => void;
}): Promise<TortureResult> {
  const { child, kills, onKill } = options;
  const dir = temporaryFolder();
  const ledger = createLedger();
  const faults = noFaults();
  const starts: number[] = [];
  let audited = 0;
  for (let kill = 1; kill <= kills; kill++) {
    const before = `${dir}.before`;
    if (existsSync(join(dir, DATA))) copyFileSync(join(dir, DATA), before);
    const { output, readyMs } = await runUntilKilled(child, dir, String(kill));
    const gone = ledger.read(output);
    starts.push(readyMs);
    const readable = existsSync(before) ? await stillReadable(dir, before, gone) : [];
    const store = await openStoreIn(dir);
    const found = ledger.faults(store);
    faults.lost.push(...found.lost);
    faults.torn.push(...found.torn);
    faults.resurrected.push(...found.resurrected, ...readable);
    audited = await verifiedEntries(store, ledger.acknowledged());
    await assertSearchable(store);
    await store.close();
    onKill();
  }
  for (const path of [dir, `${dir}.before`]) removeFolder(path);
  const [acknowledged, matches, rotations] = [ledger.acknowledged(), ledger.matches(), ledger.rotations()];
  return { ...faults, kills, acknowledged, matches, rotations, audited, starts };
}

const DATA = 'data.mdb';

/** The output of a child that is killed a random time after its first word or, mostly, its first acknowledgement, and how long the first word took. */
async function runUntilKilled(child: string, dir: string, run: string) {
  const started = performance.now();
  const victim = spawn(process.execPath, [child, dir, run], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(victim, 'close');
  let output = '';
  victim.stdout.setEncoding('utf8').on('data', text => {
    output += text;
  });
  await Promise.race([once(victim.stdout, 'data'), closed]);
  const readyMs = performance.now() - started;
  const isPatient = Math.random() < PATIENT;
  while (isPatient && victim.exitCode === null && !output.includes('"done"'))
    await Promise.race([once(victim.stdout, 'data'), closed]);
  await new Promise(resolve => setTimeout(resolve, Math.random() * LONGEST_MS));
  victim.kill('SIGKILL');
  const [code, signal] = await closed;
  if (signal !== 'SIGKILL') throw new Error(`The child ended by itself with ${code ?? signal}: ${output}`);
  return { output, readyMs };
}

/** Persons that can be read out of the data of before their deletion with the keys of after it. */
async function stillReadable(dir: string, dataBefore: string, gone: readonly string[]): Promise<string[]> {
  if (gone.length === 0) return [];
  const copy = temporaryFolder();
  cpSync(dir, copy, { recursive: true, filter: source => basename(source) !== 'lock.mdb' });
  rmSync(join(copy, DATA));
  copyFileSync(dataBefore, join(copy, DATA));
  const store = await openStoreIn(copy);
  const readable = gone.filter(id => isReadable(store, id)).map(id => `${id} can be read in an old copy`);
  await store.close();
  removeFolder(copy);
  return readable;
}

function isReadable(store: Store, personId: string): boolean {
  try {
    return store.persons.get(personId) !== undefined || store.templates.of(personId).length > 0;
  } catch {
    return false;
  }
}

async function verifiedEntries(store: Store, atLeast: number): Promise<number> {
  const { intact, problem, entries } = await store.audit.verify();
  if (!intact) throw new Error(`The audit log is broken: ${problem}`);
  if (entries < atLeast) throw new Error(`The audit log has ${entries} entries of ${atLeast} changes.`);
  return entries;
}

/** Each template is found again as its own person's. */
async function assertSearchable(store: Store): Promise<void> {
  const log = silentLogger;
  const policy = enrollmentPolicy();
  const gallery = await openGallery({ store, embedderId: MODEL, maxImages: 5, policy, log });
  for (const { id, norm, personId } of store.templates.all()) {
    const { best } = await gallery.search('c', embeddingOf(norm));
    if (best?.personId !== personId) throw new Error(`Template ${id} is not found.`);
  }
  await gallery.close();
}
