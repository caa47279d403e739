import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../platform/logger.ts';
import { INSTANCE_VARIABLE } from './ffmpeg-process.ts';

/** Who sweeps, and what counts as its own. */
export interface OrphanSweepOptions {
  /** Name of this node. */
  readonly node: string;
  /** Of this run; holds no "-". A child's mark is `${node}-${runId}`. */
  readonly runId: string;
  /** Path of the ffmpeg program; only processes that run a program of this name are ended. */
  readonly program: string;
  readonly log: Logger;
  /** How long to wait for the ended processes to go, in milliseconds. */
  readonly deadlineMs?: number;
}

interface Found {
  readonly pid: number;
  /** Of the process, in clock ticks since the machine's start: tells it from a later one of the same id. */
  readonly startTime: string;
}

const POLL_MS = 20;

/**
 * Ends the ffmpeg processes that an earlier run of this node left behind, and waits until they are gone; the number of
 * them. Spared are those of other accounts, other nodes and this run, and those whose daemon still lives. Call it
 * before the first camera starts. Does nothing where there is no /proc.
 */
export async function sweepOrphans(options: OrphanSweepOptions): Promise<number> {
  const killed = await killOrphans(options);
  const end = performance.now() + (options.deadlineMs ?? 5000);
  let left = killed;
  while (left.length > 0 && performance.now() < end) {
    await pause(POLL_MS);
    left = await keep(left, isRunning);
  }
  if (killed.length > 0) {
    options.log.warn({ processes: killed.length }, 'Ended ffmpeg processes that an earlier run left behind');
  }
  if (left.length > 0) {
    options.log.error({ pids: left.map(({ pid }) => pid) }, 'Processes of an earlier run cannot be ended');
  }
  return killed.length;
}

async function killOrphans({ node, runId, program }: OrphanSweepOptions): Promise<Found[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter(name => /^\d+$/.test(name));
  const own = await ownerOf('self');
  const daemonProgram = await programOf('self');
  // $FFMPEG_PATH may be a link or a script that ends in the real one.
  const programs = ['ffmpeg', basename(await realpath(program).catch(() => program))];
  const killed: Found[] = [];
  for (const pid of pids) {
    if ((await ownerOf(pid)) !== own || !programs.includes((await programOf(pid)) ?? '')) continue;
    if (!isOfEarlierRun(await readText(pid, 'environ'), node, runId)) continue;
    const { parent, startTime } = await statusOf(pid);
    if (startTime === undefined || (await hasDaemon(parent, daemonProgram))) continue;
    if (kill(Number(pid))) killed.push({ pid: Number(pid), startTime });
  }
  return killed;
}

/** Whether an environment bears the mark of this node and of another run. */
function isOfEarlierRun(environment: string, node: string, runId: string): boolean {
  const mark = environment.split('\0').find(entry => entry.startsWith(`${INSTANCE_VARIABLE}=`));
  const prefix = `${INSTANCE_VARIABLE}=${node}-`;
  if (!mark?.startsWith(prefix)) return false;
  const run = mark.slice(prefix.length);
  // The mark of a node called "door-2" begins as that of "door" does, but goes on with a "-".
  return run !== '' && !run.includes('-') && run !== runId;
}

/** Whether the parent may be the daemon it belongs to: another of this name may run in another folder. An orphan's parent is init. */
async function hasDaemon(parent: string | undefined, daemonProgram: string | undefined): Promise<boolean> {
  if (parent === undefined || parent === `${process.pid}`) return false;
  return (await programOf(parent)) === daemonProgram;
}

async function isRunning({ pid, startTime }: Found): Promise<boolean> {
  const now = await statusOf(`${pid}`);
  // A zombie is gone but for the note of its end, which is for whoever has adopted it.
  return now.startTime === startTime && now.state !== 'Z';
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

/** Fields 3, 4 and 22 of proc(5)'s stat; the second may hold anything between its brackets. */
async function statusOf(pid: string): Promise<{ state?: string; parent?: string; startTime?: string }> {
  const text = await readText(pid, 'stat');
  const [state, parent, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const startTime = rest[17];
  return startTime === undefined ? {} : { state: state!, parent: parent!, startTime };
}

async function programOf(pid: string): Promise<string | undefined> {
  const file = await readlink(`/proc/${pid}/exe`).catch(() => undefined);
  // So it is called when the package was updated under it.
  return file === undefined ? undefined : basename(file.replace(/ \(deleted\)$/, ''));
}

function ownerOf(pid: string): Promise<number | undefined> {
  return stat(`/proc/${pid}`).then(
    ({ uid }) => uid,
    () => undefined,
  );
}

/** Empty where the process is gone or may not be read. */
function readText(pid: string, name: string): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '');
}

async function keep<T>(items: readonly T[], wanted: (item: T) => Promise<boolean>): Promise<T[]> {
  const flags = await Promise.all(items.map(wanted));
  return items.filter((_, at) => flags[at]);
}
