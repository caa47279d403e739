import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const STAGES = [
  'ingest',
  'engine',
  'recognition',
  'gallery',
  'store',
  'access',
  'events',
  'actuators',
  'api',
];
const LIMIT = 250;

/** Which folder may import which (itself always). `type-only config` is checked apart. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  domain: [],
  platform: ['domain'],
  config: ['domain', 'platform'],
  ...Object.fromEntries(STAGES.map(stage => [stage, ['domain', 'platform']])),
  cli: ['domain', 'platform', 'config', ...STAGES, 'daemon'],
  daemon: ['domain', 'platform', 'config', ...STAGES],
  'main.ts': ['cli', 'config', 'daemon', 'domain', 'platform'],
};

/** The floors of the store, the lowest first: a folder imports from those before it, `store.ts` is under `backup`. */
const STORE_FLOORS = [
  'pages',
  'disk',
  'lmdb',
  'keys',
  'records',
  'audit',
  'tables',
  'changes',
  'load',
  'copy',
  'store.ts',
  'backup',
];

/** Each third-party package has one door: a file, or a folder where the path ends in "/". */
const DOORS: Record<string, readonly string[]> = {
  'fluent-ffmpeg': ['src/ingest/ffmpeg-arguments.ts'],
  sharp: ['src/ingest/still-image.ts', 'src/ingest/jpeg.ts'],
  'onnxruntime-node': ['src/engine/session.ts'],
  lmdb: ['src/store/lmdb/'],
  mqtt: ['src/events/publisher.ts', 'src/events/broker-trial.ts'],
  'mqtt-packet': ['src/events/client-options.ts'],
  aedes: ['src/events/embedded-broker.ts'],
  hono: ['src/api/'],
  '@hono/node-server': ['src/api/server.ts'],
  '@fastify/busboy': ['src/api/multipart.ts'],
  zod: ['src/config/', 'src/api/'],
  yaml: ['src/config/load.ts'],
  pino: ['src/platform/logger.ts'],
  'prom-client': ['src/platform/metrics.ts'],
  tar: ['src/engine/models/package-file.ts', 'src/cli/backup-archive.ts'],
  'csv-parse': ['src/cli/person-import-csv.ts'],
  commander: ['src/cli/', 'src/main.ts'],
};

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .map(entry => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter(file => !file.includes('/node_modules/'));
}

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found: Import[] = [];
  for (const match of text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[\s\S]*?\sfrom\s+)?'([^']+)';/gm))
    found.push({ file, target: match[2]!, typeOnly: match[1] !== undefined });
  for (const match of text.matchAll(/\bimport\('([^']+)'\)/g))
    found.push({ file, target: match[1]!, typeOnly: false });
  return found;
}

const roomOf = (path: string): string => path.split('/')[1]!;
const src = sources('src');
const imports = src.flatMap(importsOf);

describe('the house', () => {
  it('lets each room import only what stands below it', () => {
    const wrong = imports
      .filter(({ target }) => target.startsWith('.'))
      .map(line => ({
        ...line,
        path: relative(root, join(root, line.file, '..', line.target))
          .split(sep)
          .join('/'),
      }))
      .filter(({ file, path, typeOnly }) => {
        const [from, to] = [roomOf(file), roomOf(path)];
        if (!path.startsWith('src/')) return true;
        if (from === to) return false;
        if (to === 'config' && typeOnly && STAGES.includes(from)) return false;
        return !MAY_IMPORT[from]?.includes(to);
      })
      .map(({ file, path }) => `${file} imports ${path}`);
    expect(wrong).toEqual([]);
  });

  it('builds the store floor upon floor', () => {
    const floorOf = (path: string) => STORE_FLOORS.indexOf(path.split('/')[2]!);
    const wrong = imports
      .filter(({ file, target }) => file.startsWith('src/store/') && target.startsWith('.'))
      .map(({ file, target }) => ({ file, path: join(file, '..', target).split(sep).join('/') }))
      .filter(({ path }) => path.startsWith('src/store/'))
      .filter(({ file, path }) => floorOf(path) < 0 || floorOf(path) > floorOf(file))
      .map(({ file, path }) => `${file} imports ${path}`);
    expect(wrong).toEqual([]);
  });

  it('needs no file for its own loading', () => {
    const needs = new Map<string, string[]>();
    for (const { file, target, typeOnly } of imports)
      if (target.startsWith('.') && !typeOnly)
        needs.set(file, [...(needs.get(file) ?? []), join(file, '..', target).split(sep).join('/')]);
    const neededBy = (file: string, met = new Set<string>()): Set<string> => {
      for (const next of needs.get(file) ?? []) if (!met.has(next)) neededBy(next, met.add(next));
      return met;
    };
    const isCircular = (file: string) => neededBy(file).has(file);
    expect(src.filter(isCircular)).toEqual([]);
  });

  it('gives each third-party package one door', () => {
    const packageOf = (target: string) => /^(@[^/]+\/[^/]+|[^/]+)/.exec(target)![1]!;
    const wrong = imports
      .filter(({ target }) => !target.startsWith('.') && !target.startsWith('node:'))
      .filter(({ file, target }) => {
        const doors = DOORS[packageOf(target)];
        return !doors?.some(door => (door.endsWith('/') ? file.startsWith(door) : file === door));
      })
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(wrong).toEqual([]);
  });

  it('has an open door for every production dependency', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const used = new Set(imports.map(({ target }) => target));
    const unused = Object.keys(dependencies).filter(
      name => ![...used].some(target => target === name || target.startsWith(`${name}/`)),
    );
    expect(unused).toEqual([]);
  });

  it('pins every dependency to one version', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it(`keeps every file at ${LIMIT} lines or fewer`, () => {
    const files = ['src', 'test', 'bench', 'scripts'].flatMap(sources);
    const long = files
      .map(file => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > LIMIT);
    expect(long).toEqual([]);
  });

  it('has no room for leftovers', () => {
    const files = ['src', 'test', 'bench', 'scripts'].flatMap(sources);
    expect(files.filter(file => /(utils?|helpers?|common|manager)\b/.test(file.split('/').at(-1)!))).toEqual(
      [],
    );
  });

  it('says the purpose of every export', () => {
    const bare = src.flatMap(file => {
      const lines = readFileSync(join(root, file), 'utf8').split('\n');
      return lines.flatMap((line, at) =>
        /^export (async )?(function|class|const|interface)\b/.test(line) &&
        !/\*\/\s*$/.test(lines[at - 1] ?? '')
          ? [`${file}:${at + 1}`]
          : [],
      );
    });
    expect(bare).toEqual([]);
  });

  it('touches the process only in main.ts, the worker entries and the places that own a child', () => {
    // onnxruntime can be told only through the environment.
    const telling = 'src/engine/no-telemetry.ts';
    const allowed = ['src/main.ts', 'src/platform/logger.ts', 'src/ingest/still-program.ts', telling];
    const wrong = src.filter(
      file =>
        !allowed.includes(file) &&
        /\bprocess\.(exit|on|argv|stdin|env)\b/.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(wrong).toEqual([]);
  });

  it('has a test file for every room', () => {
    const rooms = readdirSync(join(root, 'src')).filter(name =>
      statSync(join(root, 'src', name)).isDirectory(),
    );
    const tested = new Set(sources('test').map(file => file.split('/')[1]));
    expect(rooms.filter(room => !tested.has(room))).toEqual([]);
  });
});
