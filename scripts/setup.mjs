// Everything a bare clone needs, in order; says what it does, and nothing where there is nothing to do.
// Plain JavaScript without dependencies: it runs before any exist.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const MIN_NODE = [20, 19];

/** What a step is called, whether it is needed, and how it is done. `extras` are Debian packages besides ffmpeg that a caller needs: {command or file that proves it: package}. */
export async function setUp({ extras = {}, media = false } = {}) {
  checkNode();
  const steps = [
    ['installing the npm packages', () => !dependenciesFresh(), installDependencies],
    [
      'installing programs',
      () => missingPrograms(extras).length > 0,
      () => installPrograms(missingPrograms(extras)),
    ],
    ['compiling', () => !buildFresh(), build],
    [
      'fetching and preparing the face models',
      () => !quietly(facegate('models', 'verify')),
      () => run(...facegate('models', 'install')),
    ],
    [
      'fetching the demo media',
      () => media && !quietly(mediaProgram('--check')),
      () => run(...mediaProgram()),
    ],
  ];
  let done = 0;
  for (const [what, needed, act] of steps) {
    if (!needed()) continue;
    done++;
    const started = performance.now();
    say(`${what} ...`);
    await act();
    say(`${what}: done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  if (done > 0) say('ready');
}

function say(text) {
  process.stderr.write(`[set-up] ${text}\n`);
}

function fail(text) {
  process.stderr.write(`[set-up] ${text}\n`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < MIN_NODE[0] || (major === MIN_NODE[0] && minor < MIN_NODE[1]))
    fail(`Node ${process.versions.node} is too old: install Node ${MIN_NODE.join('.')} or newer.`);
}

const lockStamp = join(root, 'node_modules', '.facegate-lock');
const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');

function dependenciesFresh() {
  return existsSync(lockStamp) && readFileSync(lockStamp, 'utf8') === lockHash();
}

async function installDependencies() {
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel', 'error']);
  writeFileSync(lockStamp, lockHash());
}

function missingPrograms(extras) {
  const wanted = { ffmpeg: 'ffmpeg', ...extras };
  return Object.entries(wanted)
    .filter(
      ([proof]) =>
        !(proof.startsWith('/') ? existsSync(proof) : quietly(['sh', ['-c', `command -v ${proof}`]])),
    )
    .map(([, name]) => name);
}

async function installPrograms(packages) {
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (process.getuid?.() !== 0 || !quietly(['sh', ['-c', 'command -v apt-get']]))
    fail(`These programs are missing: ${packages.join(', ')}. Install them, on Debian with: sudo ${command}`);
  await run('sh', ['-c', `apt-get update -qq && DEBIAN_FRONTEND=noninteractive ${command} >/dev/null`]);
}

function newest(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .reduce((latest, entry) => Math.max(latest, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);
}

function buildFresh() {
  const stamp = join(root, 'dist', '.built');
  if (!existsSync(stamp)) return false;
  const sources = ['src', 'scripts', 'bench', 'test'].filter(folder => existsSync(join(root, folder)));
  return Math.max(...sources.map(newest)) <= statSync(stamp).mtimeMs;
}

async function build() {
  await run(process.execPath, [
    join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
    '-p',
    'tsconfig.build.json',
  ]);
  writeFileSync(join(root, 'dist', '.built'), '');
}

function facegate(...args) {
  return [process.execPath, [join(root, 'dist', 'src', 'main.js'), ...args]];
}

function mediaProgram(...args) {
  return [process.execPath, [join(root, 'dist', 'scripts', 'demo', 'fetch-media.js'), ...args]];
}

function quietly([command, args]) {
  return spawnSync(command, args, { cwd: root, stdio: 'ignore' }).status === 0;
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', process.stderr, process.stderr],
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
    });
    child.once('error', reject);
    child.once('close', code =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args.join(' ')} ended with code ${code}`)),
    );
  });
}

if (process.argv[1] === import.meta.filename) {
  await setUp({ media: true });
}
