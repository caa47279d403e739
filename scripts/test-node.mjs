// The tests that need neither models nor cameras nor a broker on other versions of Node: npm run test:node -- [22 24 ...]
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const MAJORS = ['22', '24'];
/** Every room, and what a new Node could break: workers, native modules, streams, HTTP, time zones. */
const TESTS = [
  'test/domain',
  'test/config',
  'test/platform',
  'test/store/lmdb',
  'test/store/keys',
  'test/store/tables',
  'test/gallery',
  'test/access',
  'test/api',
  'test/engine',
  'test/ingest/still-image.test.ts',
  'test/ingest/ffmpeg-locator.test.ts',
  'test/cli/command-tree.test.ts',
];

const majors = process.argv.slice(2).length > 0 ? process.argv.slice(2) : MAJORS;
const failed = [];
for (const major of majors) {
  const folder = mkdtempSync(join(tmpdir(), `facegate-node-${major}-`));
  try {
    const node = fetchNode(major, folder);
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
    process.stdout.write(`Node ${version}\n`);
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const { status } = spawnSync(node, [vitest, 'run', ...TESTS], { cwd: root, stdio: 'inherit' });
    if (status !== 0) failed.push(version);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
if (failed.length > 0) process.stderr.write(`Tests fail on Node ${failed.join(', ')}.\n`);
process.exitCode = failed.length > 0 ? 1 : 0;

function fetchNode(major, folder) {
  const spec = `node-linux-${process.arch}@${major}`;
  const tarball = execFileSync('npm', ['pack', '--silent', spec], { cwd: folder, encoding: 'utf8' }).trim();
  const unpacked = join(folder, 'unpacked');
  mkdirSync(unpacked);
  execFileSync('tar', ['xzf', join(folder, tarball), '-C', unpacked]);
  return join(unpacked, 'package/bin/node');
}
