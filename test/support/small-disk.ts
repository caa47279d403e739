import { spawnSync } from 'node:child_process';

/** How a program on a small disk of its own has ended. */
export interface SmallDiskRun {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a Node program with a fresh file system of `megabytes` at `folder`, which no other process sees: in a mount namespace of its own, and where
 * that needs a right, in a namespace of users too. `ext4` lies in a file beside the folder and needs root.
 */
export function runOnSmallDisk(
  program: readonly string[],
  disk: { folder: string; megabytes: number; fileSystem?: 'tmpfs' | 'ext4' },
): SmallDiskRun {
  const { folder, megabytes, fileSystem = 'tmpfs' } = disk;
  const namespaces = process.getuid?.() === 0 ? ['--mount'] : ['--map-root-user', '--mount'];
  const mounting = {
    tmpfs: `mount -t tmpfs -o size=${megabytes}m tmpfs "$0"`,
    ext4: `truncate -s ${megabytes}M "$0.image" && mkfs.ext4 -q -F -m 0 "$0.image" && mount -o loop "$0.image" "$0"`,
  };
  const script = `${mounting[fileSystem]} && exec "$@"`;
  const command = [...namespaces, 'sh', '-c', script, folder, process.execPath, ...program];
  return spawnSync('unshare', command, { encoding: 'utf8', timeout: 120_000 });
}
