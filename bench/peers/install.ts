import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../test/support/engine.ts';
import { mediaDir } from '../../test/support/media.ts';

const source = join(repositoryRoot, 'bench', 'peers');
const STAMP = '.installed-lock.json';

/** Folder with the peers' packages, beside the fetched media and never in the repository; fetched from the npm registry at the first call, without running their scripts. */
export function installPeers(): string {
  const folder = join(mediaDir(), 'peers');
  const lock = join(source, 'package-lock.json');
  const stamp = join(folder, STAMP);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(lock, 'utf8')) return folder;
  mkdirSync(folder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json'])
    copyFileSync(join(source, file), join(folder, file));
  process.stderr.write(`installing the peers into ${folder} (npm ci --ignore-scripts, about 400 MB) ...\n`);
  const { status } = spawnSync(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error'],
    {
      cwd: folder,
      stdio: ['ignore', process.stderr, process.stderr],
    },
  );
  if (status !== 0) throw new Error('npm ci of the peers failed; look above for the reason and try again.');
  copyFileSync(lock, stamp);
  return folder;
}
