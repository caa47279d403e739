import { spawnSync } from 'node:child_process';

/** How a program on a small disk of its own has ended. */
export interface SmallDiskRun {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a Node program with a fresh tmpfs of `megabytes` at `folder`, which no other process sees: in a mount namespace of its own, and where
 * that needs a right, in a namespace of users too.
 */
export function runOnSmallDisk(
  program: readonly string[],
  { folder, megabytes }: { folder: string; megabytes: number },
): SmallDiskRun {
  const namespaces = process.getuid?.() === 0 ? ['--mount'] : ['--map-root-user', '--mount'];
  const mounting = `mount -t tmpfs -o size=${megabytes}m tmpfs "$0" && exec "$@"`;
  return spawnSync('unshare', [...namespaces, 'sh', '-c', mounting, folder, process.execPath, ...program], {
    encoding: 'utf8',
    timeout: 60_000,
  });
}
