import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A control group whose processes share so much memory. */
export interface MemoryGroup {
  /** Runs `start` with this process in the group, so that the children that it starts are, too. */
  within<T>(start: () => Promise<T>): Promise<T>;
  /** Most bytes from now on; swap does not count as more. */
  limit(bytes: number): void;
  /** Bytes in use that cannot be dropped. */
  used(): number;
  /** How many processes the kernel has ended for want of memory. */
  kills(): number;
  /** Once its processes have ended. */
  close(): void;
}

/** Names of the files of the two versions. */
const VERSIONS = [
  {
    root: '/sys/fs/cgroup',
    needs: 'cgroup.subtree_control',
    limits: ['memory.max'],
    swap: ['memory.swap.max', '0'],
    events: 'memory.events',
    used: /^anon (\d+)$/m,
  },
  {
    root: '/sys/fs/cgroup/memory',
    needs: 'memory.limit_in_bytes',
    limits: ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'],
    swap: undefined,
    events: 'memory.oom_control',
    used: /^total_rss (\d+)$/m,
  },
] as const;

/** Makes a group. Throws where this process may make none: it takes root and a memory controller. */
export function openMemoryGroup(name: string): MemoryGroup {
  const version = VERSIONS.find(({ root, needs }) => existsSync(join(root, needs)));
  if (version === undefined) throw new Error('There is no memory controller of control groups.');
  const dir = join(version.root, `facegate-${name}-${process.pid}`);
  if (version.swap !== undefined) writeFileSync(join(version.root, version.needs), '+memory');
  mkdirSync(dir);
  const read = (file: string, pattern: RegExp) =>
    Number(pattern.exec(readFileSync(join(dir, file), 'utf8'))?.[1] ?? 0);
  const move = (to: string) => writeFileSync(join(to, 'cgroup.procs'), `${process.pid}`);
  const home = homeOf(version.root);
  return {
    async within(start) {
      move(dir);
      try {
        return await start();
      } finally {
        move(home);
      }
    },
    limit: bytes => {
      for (const file of version.limits)
        if (existsSync(join(dir, file))) writeFileSync(join(dir, file), `${bytes}`);
      if (version.swap !== undefined && existsSync(join(dir, version.swap[0])))
        writeFileSync(join(dir, version.swap[0]), version.swap[1]);
    },
    used: () => read('memory.stat', version.used),
    kills: () => read(version.events, /^oom_kill (\d+)$/m),
    close: () => rmdirSync(dir),
  };
}

/** Where this process is now. */
function homeOf(root: string): string {
  const lines = readFileSync('/proc/self/cgroup', 'utf8').split('\n');
  const isFirst = root.endsWith('/memory');
  const mine = lines.find(line => (isFirst ? /^\d+:memory:/ : /^0::/).test(line)) ?? '::/';
  return join(root, mine.split(':')[2]);
}
