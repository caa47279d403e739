// Debian packages of the program, its production dependencies, Node and the prepared models: npm run package:deb -- [--arch amd64|arm64]
// [--version V] [--models FACEPLUGIN.tgz]. Without --arch both are made. Only arm64 is cross: nothing of it is run here.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { machineOf } from './package/elf.mjs';
import { prune } from './package/prune.mjs';
import { filesIn, git, place, read, root, run, say } from './package/tools.mjs';

const { values } = parseArgs({
  options: {
    arch: { type: 'string', multiple: true },
    version: { type: 'string' },
    models: { type: 'string' },
  },
});
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const parts = JSON.parse(readFileSync(join(root, 'packaging/parts.json'), 'utf8'));
const version = values.version ?? manifest.version;
const MAINTAINER = 'Facegate <facegate@localhost>';
/** Debian's name of an architecture -> npm's. */
const ARCHITECTURES = { amd64: 'x64', arm64: 'arm64' };
/** The same bytes for the same sources. */
const stamp = Number(process.env.SOURCE_DATE_EPOCH ?? git('log', '-1', '--format=%ct'));

const work = mkdtempSync(join(tmpdir(), 'facegate-deb-'));
try {
  const compiled = compile();
  for (const debian of values.arch ?? Object.keys(ARCHITECTURES)) build(debian, compiled);
} finally {
  rmSync(work, { recursive: true });
}

function build(debian, compiled) {
  const npm = ARCHITECTURES[debian];
  if (npm === undefined)
    throw new Error(`--arch ${debian}: use one of ${Object.keys(ARCHITECTURES).join(', ')}.`);
  const tree = join(work, debian);
  const lib = join(tree, 'usr/lib/facegate');
  const doc = join(tree, 'usr/share/doc/facegate');
  say(`${debian}: program and dependencies ...`);
  mkdirSync(lib, { recursive: true });
  cpSync(join(compiled, 'src'), join(lib, 'dist/src'), {
    recursive: true,
    filter: file => !file.endsWith('.map'),
  });
  for (const name of ['package.json', 'package-lock.json', 'README.md', 'config', 'models'])
    cpSync(join(root, name), join(lib, name), { recursive: true });
  installDependencies(lib, npm);
  say(`${debian}: Node ${parts.node.version} and the models ...`);
  installNode(lib, doc, npm);
  installModels(lib, compiled);
  say(`${debian}: files of the system ...`);
  place(tree, 'usr/bin/facegate', read('packaging/facegate'), 0o755);
  place(tree, 'etc/facegate/facegate.yaml', read('packaging/facegate.yaml'));
  mkdirSync(join(tree, 'etc/facegate/credentials'), { mode: 0o700 });
  installUnits(tree, doc);
  installHelp(tree, doc, compiled);
  checkBinaries(tree, npm);
  pack(tree, debian);
}

function compile() {
  say('compiling ...');
  const out = join(work, 'compiled');
  run(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.package.json', '--outDir', out]);
  // The compiled program finds its package by these.
  for (const name of ['package.json', 'models', 'config'])
    cpSync(join(root, name), join(out, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(out, 'node_modules'));
  return out;
}

/** What other platforms need is not shipped; install scripts are not run, as all that is native comes prebuilt. */
function installDependencies(lib, npm) {
  run(
    'npm',
    [
      'ci',
      '--omit=dev',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      '--loglevel=error',
      `--cpu=${npm}`,
      '--os=linux',
      '--libc=glibc',
    ],
    lib,
  );
  const runtime = join(lib, 'node_modules/onnxruntime-node/bin');
  for (const api of readdirSync(runtime))
    for (const platform of readdirSync(join(runtime, api)))
      for (const arch of readdirSync(join(runtime, api, platform)))
        if (platform !== 'linux' || arch !== npm)
          rmSync(join(runtime, api, platform, arch), { recursive: true });
  prune(join(lib, 'node_modules'));
}

function installNode(lib, doc, npm) {
  const name = `node-linux-${npm}`;
  const tarball = packed(`${name}@${parts.node.version}`);
  const found = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
  if (found !== parts.node.integrity[npm])
    throw new Error(`${name}@${parts.node.version} is not what packaging/parts.json pins.`);
  const folder = join(work, name);
  mkdirSync(folder);
  run('tar', ['xzf', tarball, '-C', folder, 'package/bin/node', 'package/LICENSE']);
  mkdirSync(join(lib, 'bin'));
  cpSync(join(folder, 'package/bin/node'), join(lib, 'bin/node'));
  mkdirSync(doc, { recursive: true });
  cpSync(join(folder, 'package/LICENSE'), join(doc, 'LICENSE.node'));
}

/** Prepared graphs are the same for every processor. */
function installModels(lib, compiled) {
  const prepared = join(work, 'models');
  const config = join(work, 'models.yaml');
  writeFileSync(config, `models: { dir: ${prepared} }\n`);
  const from = values.models ? ['--from', values.models] : [];
  run(process.execPath, [
    join(compiled, 'src/main.js'),
    '--config',
    config,
    'models',
    'install',
    '--all',
    ...from,
  ]);
  cpSync(prepared, join(lib, 'models/prepared'), { recursive: true });
}

function installUnits(tree, doc) {
  for (const name of readdirSync(join(root, 'systemd'))) {
    const text = read(join('systemd', name));
    if (/\.(service|socket|timer|target)$/.test(name))
      place(
        tree,
        join('usr/lib/systemd/system', name),
        text.replaceAll('/usr/bin/node ', '/usr/lib/facegate/bin/node '),
      );
    else place(doc, join('examples', name), text);
  }
  place(doc, 'examples/facegate.yaml', read('config/facegate.yaml'));
}

function installHelp(tree, doc, compiled) {
  const completion = shell =>
    execFileSync(process.execPath, [join(compiled, 'src/main.js'), 'completion', shell]);
  place(tree, 'usr/share/bash-completion/completions/facegate', completion('bash'));
  place(tree, 'usr/share/zsh/vendor-completions/_facegate', completion('zsh'));
  place(tree, 'usr/share/fish/vendor_completions.d/facegate.fish', completion('fish'));
  place(tree, 'usr/share/man/man1/facegate.1.gz', gzipSync(read('man/facegate.1'), { level: 9 }));
  place(doc, 'copyright', read('packaging/debian/copyright'));
  place(tree, 'usr/share/lintian/overrides/facegate', read('packaging/debian/lintian-overrides'));
  place(
    doc,
    'sbom.cdx.json',
    execFileSync(process.execPath, [join(root, 'scripts/sbom.mjs')], { cwd: root }),
  );
  const date = new Date(stamp * 1000).toUTCString().replace('GMT', '+0000');
  const change = `facegate (${version}) stable; urgency=medium\n\n  * Release ${version}.\n\n -- ${MAINTAINER}  ${date}\n`;
  place(doc, 'changelog.gz', gzipSync(change, { level: 9 }));
}

function checkBinaries(tree, npm) {
  const native = filesIn(tree)
    .map(file => [relative(tree, file), machineOf(readFileSync(file))])
    .filter(([, machine]) => machine !== undefined);
  const wrong = native.filter(([, machine]) => machine !== npm);
  if (wrong.length > 0)
    throw new Error(`Made for another processor: ${wrong.map(([file]) => file).join(', ')}.`);
  for (const needed of ['bin/node', 'onnxruntime_binding.node', 'libvips-cpp', 'lmdb-linux'])
    if (!native.some(([file]) => file.includes(needed))) throw new Error(`${needed} is missing for ${npm}.`);
  say(`${native.length} native files, all for ${npm}`);
}

function pack(tree, debian) {
  const files = filesIn(tree);
  const size = Math.ceil(files.reduce((sum, file) => sum + statSync(file).size, 0) / 1024);
  const values = { version, architecture: debian, maintainer: MAINTAINER, size };
  const control = read('packaging/debian/control').replace(/\$\{(\w+)\}/g, (_all, name) =>
    String(values[name]),
  );
  const sums = files
    .filter(file => !relative(tree, file).startsWith('etc/'))
    .map(file => `${createHash('md5').update(readFileSync(file)).digest('hex')}  ${relative(tree, file)}\n`);
  place(tree, 'DEBIAN/control', control);
  place(tree, 'DEBIAN/conffiles', read('packaging/debian/conffiles'));
  place(tree, 'DEBIAN/md5sums', sums.sort().join(''));
  for (const script of ['postinst', 'prerm', 'postrm'])
    place(tree, `DEBIAN/${script}`, read(`packaging/debian/${script}`), 0o755);
  settle(tree);
  mkdirSync(join(root, 'build'), { recursive: true });
  const file = join(root, 'build', `facegate_${version}_${debian}.deb`);
  run('dpkg-deb', ['--root-owner-group', '-Zxz', '-z3', '--build', tree, file]);
  say(
    `${relative(root, file)}: ${(statSync(file).size / 1e6).toFixed(1)} MB, ${(size / 1024).toFixed(0)} MB installed`,
  );
}

/** Rights and times that do not depend on whose machine this is. */
function settle(tree) {
  for (const entry of readdirSync(tree, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) continue;
    const mode = statSync(path).mode;
    if (entry.isDirectory()) chmodSync(path, path.endsWith('etc/facegate/credentials') ? 0o700 : 0o755);
    else chmodSync(path, (mode & 0o100) !== 0 && isProgram(relative(tree, path)) ? 0o755 : 0o644);
    utimesSync(path, stamp, stamp);
  }
}

function isProgram(path) {
  return path.startsWith('usr/bin/') || path.startsWith('DEBIAN/') || path.endsWith('facegate/bin/node');
}

function packed(spec) {
  const folder = join(work, 'npm');
  mkdirSync(folder, { recursive: true });
  const name = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', spec], {
    cwd: folder,
    encoding: 'utf8',
  }).trim();
  return join(folder, name.split('\n').at(-1));
}
