import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createLedger } from './store-ledger.ts';
import { openStoreIn, removeFolder, temporaryFolder } from './temporary-store.ts';

/** Which call fails: the n-th of this name on this file of a store that is there, counted from the start of the program in each thread. */
export interface Fault {
  readonly call: 'pwrite64' | 'writev' | 'fdatasync';
  readonly file: 'data.mdb' | 'persons.keys';
  readonly errno: 'EIO' | 'ENOSPC';
  readonly n: number;
}

/** What the store's process did, and what the store was like afterwards. */
export interface FaultResult extends Fault {
  /** 70 or `SIGABRT` where it ended itself, `SIGKILL` where the fault left it running until it was ended. */
  readonly end: number | string | null;
  /** Whether it was told that a commit had failed. */
  readonly isFatal: boolean;
  readonly acknowledged: number;
  /** Whatever went wrong: the process crashed, or the store was not what the ledger says. */
  readonly faults: readonly string[];
}

const FATAL = '"fatal":';
const LONGEST_END_MS = 5000;
const LONGEST_RUN_MS = 60_000;

/**
 * A process that goes on in spite of the fault, as it may when keys cannot be written, is ended after so many acknowledged changes: four are
 * often synced at once, and keys seldom.
 */
const enough = ({ file, n }: Fault): number => (file === 'data.mdb' ? 40 + 8 * n : 40 + n);

/** lmdb may find its heap damaged by the failed commit before the process has ended itself with 70. */
const ENDS: readonly unknown[] = [0, 70, 78, 'SIGABRT', 'SIGKILL'];

/**
 * Runs the torture child (the program at `child`) with one failing system call and holds what it acknowledged against the store that is
 * opened afterwards. strace fails the call, because it counts them; libfiu from Debian can only fail every call or random ones.
 */
export async function runWithFault(child: string, fault: Fault): Promise<FaultResult> {
  const { call, file, errno, n } = fault;
  const dir = temporaryFolder();
  await (await openStoreIn(dir)).close();
  const tracing = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-P', join(dir, file)];
  const injecting = ['-e', `inject=${call}:error=${errno}:when=${n}`];
  const tracer = spawn('strace', [...tracing, ...injecting, process.execPath, child, dir], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
    // One thread, or each would count for itself.
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  });
  const closed = once(tracer, 'close');
  let output = '';
  let acknowledged = 0;
  let lateEnd: NodeJS.Timeout | undefined;
  tracer.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    acknowledged += text.split('"done"').length - 1;
    // strace and what it traces are one group.
    if (acknowledged >= enough(fault)) endGroup(tracer.pid!);
    // The end of the process waits for lmdb's thread, which now and then hangs.
    if (output.includes(FATAL)) lateEnd ??= setTimeout(() => endGroup(tracer.pid!), LONGEST_END_MS);
  });
  let isHung = false;
  const watch = setTimeout(() => {
    isHung = true;
    endGroup(tracer.pid!);
  }, LONGEST_RUN_MS);
  const [code, signal] = (await closed) as [number | null, NodeJS.Signals | null];
  clearTimeout(watch);
  clearTimeout(lateEnd);
  const end = isHung ? 'hung' : (signal ?? code);
  const ledger = createLedger();
  ledger.read(output);
  const faults = ENDS.includes(end) ? [] : [`the process ended with ${end}`];
  faults.push(...(await faultsOf(dir, ledger)));
  removeFolder(dir);
  const isFatal = output.includes(FATAL);
  return { ...fault, end, isFatal, acknowledged: ledger.acknowledged(), faults };
}

async function faultsOf(dir: string, ledger: ReturnType<typeof createLedger>): Promise<string[]> {
  const store = await openStoreIn(dir);
  const { lost, torn, resurrected } = ledger.faults(store);
  const { problem } = await store.audit.verify();
  await store.close();
  return [...lost, ...torn, ...resurrected, ...(problem === undefined ? [] : [problem])];
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
