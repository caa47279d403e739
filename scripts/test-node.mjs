// The tests on other versions of Node: npm run test:node -- [22 24 ...] [what vitest is told: folders, files, -t name]
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const MAJORS = ['22', '24'];

const given = process.argv.slice(2);
const isMajor = text => /^\d+(\.\d+)*$/.test(text);
const majors = given.some(isMajor) ? given.filter(isMajor) : MAJORS;
const failed = [];
for (const major of majors) {
  const folder = mkdtempSync(join(tmpdir(), `facegate-node-${major}-`));
  try {
    const node = fetchNode(major, folder);
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
    process.stdout.write(`Node ${version}\n`);
    const { status } = spawnSync(
      node,
      [join(root, 'scripts/test.mjs'), ...given.filter(text => !isMajor(text))],
      {
        stdio: 'inherit',
        // Whatever calls `node` by its name gets this one, too.
        env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
      },
    );
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
