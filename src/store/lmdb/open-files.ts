import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { getSystemErrorName } from 'node:util';
import { open, type RootDatabase } from 'lmdb';
import { FacegateError, StartupError } from '../../domain/errors.ts';
import { assertRoom, type DiskSpace } from '../disk/disk-space.ts';
import { probeWrites } from '../disk/write-probe.ts';
import { assertReadable } from '../pages/precheck.ts';
import { openOnNewestCommit } from './newest-commit.ts';
import { BINARY } from './table.ts';

/** Opens (or makes) the files of an environment in `dir`, for nobody but this account. The `owner` looks at every page first. Throws `StartupError`. */
export function openFiles(
  dir: string,
  { owner, space }: { owner: boolean; space: (dir: string) => DiskSpace },
): RootDatabase<Buffer, Buffer> {
  const file = join(dir, 'data.mdb');
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    // lmdb crashes where it cannot write the first pages.
    if (!existsSync(file)) {
      assertRoom(space(dir));
      probeWrites(file);
    }
    assertReadable(file, { pages: owner });
    const root = openOnNewestCommit(() =>
      open<Buffer, Buffer>({
        path: dir,
        // lmdb takes a folder whose name has a dot for a file.
        noSubdir: false,
        maxDbs: 32,
        // One promise, and it means durable; lmdb's default resolves before the disk has the data.
        overlappingSync: false,
        ...BINARY,
      }),
    );
    restrict(dir);
    return root;
  } catch (cause) {
    if (cause instanceof StartupError) throw cause;
    if (cause instanceof FacegateError) throw new StartupError(cause.message, { cause });
    throw new StartupError(
      `The store in ${dir} cannot be opened (${codeOf(cause) ?? 'no code'}): check that the folder is there, belongs to this process, and is on a disk that takes writes.`,
      { cause },
    );
  }
}

/** Keeps the files in `dir` from other accounts. */
export function restrict(dir: string): void {
  chmodSync(dir, 0o700);
  for (const name of ['data.mdb', 'lock.mdb']) {
    const file = join(dir, name);
    if (existsSync(file)) chmodSync(file, 0o600);
  }
}

/** The code of an error: the name of an errno, which lmdb gives as a number; lmdb's own negative numbers as they are. */
export function codeOf(error: unknown): unknown {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'number' && code > 0 ? getSystemErrorName(-code) : code;
}
