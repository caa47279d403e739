import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { OOM_VICTIMS, offerToKernel } from '../../src/platform/oom.ts';

const readiness = (pid: number | 'self') => Number(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8'));

it('a child may be offered to the kernel before this process, also as what it becomes; one that is gone is no failure', async () => {
  const before = readiness('self');
  const child = spawn('/bin/sh', ['-c', 'read line; exec sleep 60']);
  try {
    offerToKernel(child.pid!, 'camera');
    child.stdin.end('go\n');
    const name = () => readFileSync(`/proc/${child.pid}/comm`, 'utf8').trim();
    while (name() !== 'sleep') await new Promise(resolve => setImmediate(resolve));
    expect([readiness(child.pid!), readiness('self')]).toEqual([OOM_VICTIMS.camera, before]);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  expect(() => offerToKernel(child.pid!, 'camera')).not.toThrow();
});
