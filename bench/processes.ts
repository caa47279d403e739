import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** What processes have used of the processor since they began, in milliseconds of user and system time. */
export interface CpuTimes {
  readonly mainThread: number;
  /** Each other thread of the process that used any, the busiest first. */
  readonly otherThreads: readonly number[];
  /** All threads together, those that ended included. */
  readonly process: number;
  /** Child processes that run now, together. */
  readonly children: number;
}

const TICK_MS = 1000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Reads them from /proc. Throws where the process is gone. */
export function cpuTimes(pid: number): CpuTimes {
  const threads = readdirSync(`/proc/${pid}/task`).map(id => ({
    id: Number(id),
    ms: cpuMs(`/proc/${pid}/task/${id}/stat`),
  }));
  return {
    mainThread: threads.find(({ id }) => id === pid)?.ms ?? 0,
    otherThreads: threads
      .filter(({ id, ms }) => id !== pid && ms > 0)
      .map(({ ms }) => ms)
      .sort((a, b) => b - a),
    process: cpuMs(`/proc/${pid}/stat`),
    children: childrenOf(pid).reduce((sum, child) => sum + cpuMs(`/proc/${child}/stat`), 0),
  };
}

/** Resident memory of one process without its children, in MB (10^6 bytes). */
export function residentMb(pid: number): number {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kib) * 1024) / 1e6;
}

/** Process ids of the children of all threads of the process. */
export function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap(thread =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}

/** Bytes that the child processes that run now have read so far, from whatever. */
export function bytesReadByChildren(pid: number): number {
  const readBy = (child: number) =>
    Number(/^rchar: (\d+)/m.exec(readFileSync(`/proc/${child}/io`, 'utf8'))?.[1]);
  return childrenOf(pid).reduce((sum, child) => sum + readBy(child), 0);
}

/** Fields 14 and 15 of proc(5), counted behind the program's name, which may hold spaces. */
function cpuMs(statFile: string): number {
  const stat = readFileSync(statFile, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
