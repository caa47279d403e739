// Writes what is made from the code: config/facegate.yaml, config/schema.json, config/asyncapi.json, man/facegate.1 and the tables in README.md.
// With --check it writes nothing, names what is stale and exits with 1.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const SOURCES = [
  'src/api',
  'src/cli',
  'src/config',
  'src/events',
  'src/domain',
  'src/ingest',
  'src/platform',
];

buildIfOlder();
const document = await import('../dist/src/config/document.js');
const { openApiDocument } = await import('../dist/src/api/openapi/document.js');
const { referenceRows } = await import('../dist/src/api/openapi/reference-rows.js');
const { asyncApiJson } = await import('../dist/src/events/asyncapi.js');
const { topicRows } = await import('../dist/src/events/topics.js');
const { metricRows } = await import('../dist/src/platform/metric-table.js');
const { REASON_MESSAGES } = await import('../dist/src/ingest/failure-reason.js');
const { flatten } = await import('../dist/src/cli/command-tree.js');
const { programTree } = await import('../dist/src/cli/program.js');
const { manualPage } = await import('../dist/src/cli/manual.js');
const { EXIT_CODES } = await import('../dist/src/cli/exit-codes.js');

const check = process.argv.includes('--check');
const stale = Object.entries(generated()).filter(([path, text]) => read(path) !== text);
for (const [path, text] of stale) {
  if (check) console.error(`${path} is stale; run: npm run docs`);
  else {
    writeFileSync(join(root, path), text);
    console.log(`wrote ${path}`);
  }
}
process.exitCode = check && stale.length > 0 ? 1 : 0;

function generated() {
  return {
    'config/facegate.yaml': document.exampleConfig(),
    'config/schema.json': document.schemaJson(),
    'config/asyncapi.json': document.formattedJson(asyncApiJson()),
    'man/facegate.1': manualPage(programTree(), JSON.parse(read('package.json')).version),
    'README.md': document.fillSections(read('README.md'), {
      config: document.settingsTable(),
      reasons: document.reasonsTable(REASON_MESSAGES),
      commands: document.commandsTable(flatten(programTree())),
      exits: document.exitsTable(EXIT_CODES),
      rest: document.restTable(referenceRows(openApiDocument())),
      metrics: document.metricsTable(metricRows()),
      topics: document.topicsTable(topicRows({ baseTopic: 'facegate', node: '<node>' })),
    }),
  };
}

function read(path) {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return '';
  }
}

function buildIfOlder() {
  const upToDate = SOURCES.flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true })
      .filter(name => name.endsWith('.ts'))
      .map(name => join(folder, name)),
  ).every(source => modified(source) <= modified(join('dist', source.replace(/\.ts$/, '.js'))));
  if (upToDate) return;
  try {
    execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', join(root, 'tsconfig.build.json')], {
      stdio: 'pipe',
    });
  } catch (error) {
    // The documents need only a few files; the checks tell of errors in the others.
    console.error(`The build has errors: ${String(error.stdout).split('\n')[0]}`);
  }
}

function modified(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
