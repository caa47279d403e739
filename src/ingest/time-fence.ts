import { readFileSync } from 'node:fs';

const LOOK_MS = 50;
/** proc(5) counts in ticks of USER_HZ, which is 100 on every architecture that Node runs on. */
const TICK_MS = 10;

/** How long a process may take over one thing, in milliseconds. */
export interface TimeLimits {
  /** On the processors, whatever else the machine does; where there is no /proc only `wallMs` holds. */
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** Calls `onOver` where the process is still at it after either time, counted from now; the answer ends the watch. */
export function fenceTime(pid: number, { cpuMs, wallMs }: TimeLimits, onOver: () => void): () => void {
  const cpuBefore = cpuMsOf(pid);
  const began = performance.now();
  const watch = setInterval(() => {
    if (performance.now() - began < wallMs && cpuMsOf(pid) - cpuBefore < cpuMs) return;
    clearInterval(watch);
    onOver();
  }, LOOK_MS);
  return () => clearInterval(watch);
}

/** Fields 14 and 15 of proc(5)'s stat, counted behind the program's name, which may hold spaces; 0 where they cannot be read. */
function cpuMsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return 0;
  }
}
