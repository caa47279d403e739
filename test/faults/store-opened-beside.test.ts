import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FacegateError } from '../../src/domain/errors.ts';
import type { Store } from '../../src/store/store.ts';
import { newPersonChange } from '../support/people.ts';
import { openStoreIn, removeFolder, temporaryFolder } from '../support/temporary-store.ts';

const dist = new URL('../../dist/', import.meta.url).href;
const DELAY_US = 1_500_000;
/** As `facegate token` and `facegate backup` open it. */
const BESIDE = `
  import { openStore } from '${dist}src/store/store.js';
  import { silentLogger } from '${dist}src/platform/logger.js';
  const store = await openStore({ dir: process.argv[1], log: silentLogger, onFatal: console.error, access: 'beside' });
  console.log('open');
  await store.close();`;
/** As a program that knows nothing of the fault. */
const BARE = `
  import { open } from 'lmdb';
  open({ path: process.argv[1], noSubdir: false, maxDbs: 32, overlappingSync: false });
  console.log('open');
  process.stdin.resume();`;

/** Between what it reads of the file and what it makes of it, a process that opens the store is held up, and a change is acknowledged. */
describe('a store that another process opens while a change is made', () => {
  let dir: string;
  let store: Store;
  let fatal: Error | undefined;
  const children: ChildProcess[] = [];
  const [ada, bob, eve] = ['ada', 'bob', 'eve'].map(id => newPersonChange(id));
  const there = () => [ada, bob, eve].map(({ person }) => store.persons.get(person.id)?.customerPersonId);

  beforeEach(async () => {
    dir = temporaryFolder();
    fatal = undefined;
    const onFatal = (error: Error) => {
      fatal = error;
    };
    store = await openStoreIn(join(dir, 'state'), undefined, { onFatal });
    await store.apply(ada);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    await store.close();
    removeFolder(dir);
  });

  const run = (program: string, wrapper: readonly string[] = []) => {
    const node = [process.execPath, '--input-type=module', '-e', program, join(dir, 'state')];
    const [file, ...args] = [...wrapper, ...node];
    const child = spawn(file!, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    return { child, opened: once(child.stdout!, 'data') };
  };

  /** Starts the program; resolves when it has read which commit is the newest, and is held up. */
  const heldUp = async (program: string) => {
    const trace = join(dir, 'trace');
    const path = ['-P', join(dir, 'state', 'data.mdb')];
    const calls = ['-e', 'trace=pread64,mmap', '-e', `inject=mmap:delay_enter=${DELAY_US}:when=1`];
    const started = run(program, ['strace', '-f', '-qq', '-o', trace, ...path, ...calls]);
    const headers = () =>
      (existsSync(trace) ? readFileSync(trace, 'utf8') : '').match(/, 168, \d+\) += 168/g);
    while ((headers()?.length ?? 0) < 2) await sleep(5);
    return started;
  };

  it('keeps it, and shows it once the other one is open', async () => {
    const { child, opened } = await heldUp(BESIDE);
    await store.apply(bob);
    await opened;
    await once(child, 'exit');
    await sleep(0);
    expect(there()).toEqual(['ada', 'bob', undefined]);
    await store.apply(eve);
    expect(there()).toEqual(['ada', 'bob', 'eve']);
    await store.close();
    store = await openStoreIn(join(dir, 'state'));
    expect(there()).toEqual(['ada', 'bob', 'eve']);
    expect(await store.audit.verify()).toMatchObject({ intact: true });
  });

  it('makes the next change wait until the fault is set right', async () => {
    const { opened } = await heldUp(BARE);
    await store.apply(bob);
    await opened;
    await sleep(0);
    // What the fault does: lmdb shows the state of before.
    expect(there()).toEqual(['ada', undefined, undefined]);
    const change = store.apply(eve);
    await run(BESIDE).opened;
    await change;
    expect(there()).toEqual(['ada', 'bob', 'eve']);
    expect(fatal).toBeUndefined();
  });

  it('makes no change over one that was acknowledged, and ends where nobody sets it right, which a restart does', async () => {
    const { child, opened } = await heldUp(BARE);
    await store.apply(bob);
    await opened;
    await expect(store.apply(eve)).rejects.toThrow(FacegateError);
    expect(fatal?.message).toContain('must restart');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const again = await openInOther();
    expect(again).toEqual(['ada', 'bob']);
  });

  /** Who is there for a process that begins anew. */
  async function openInOther(): Promise<string[]> {
    const { opened } = run(`
      import { openStore } from '${dist}src/store/store.js';
      import { silentLogger } from '${dist}src/platform/logger.js';
      const store = await openStore({ dir: process.argv[1], log: silentLogger, onFatal: console.error });
      console.log(JSON.stringify([...store.persons.all()].map(person => person.customerPersonId).sort()));
      await store.close();`);
    const [text] = (await opened) as [Buffer];
    return JSON.parse(text.toString());
  }
});
