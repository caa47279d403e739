import { writeFileSync } from 'node:fs';

/** Whom the kernel ends where memory runs out: what strangers send is decoded again or refused, a camera comes back by itself, the daemon must stay. */
export const OOM_VICTIMS = { uploads: 1000, camera: 900 } as const;

/**
 * Has the kernel end the child `pid` before this process where memory runs out, on the machine or in a cgroup (proc(5), oom_score_adj). Left to
 * itself it ends the largest, which is the daemon.
 */
export function offerToKernel(pid: number, victim: keyof typeof OOM_VICTIMS): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, `${OOM_VICTIMS[victim]}`);
  } catch {
    // It is gone already, or the system has no such thing.
  }
}
