import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../src/api/openapi/document.ts';
import { referenceRows } from '../src/api/openapi/reference-rows.ts';
import { flatten } from '../src/cli/command-tree.ts';
import { EXIT_CODES } from '../src/cli/exit-codes.ts';
import { programTree } from '../src/cli/program.ts';
import {
  commandsTable,
  exampleConfig,
  exitsTable,
  fillSections,
  formattedJson,
  metricsTable,
  reasonsTable,
  restTable,
  schemaJson,
  settingsTable,
  topicsTable,
} from '../src/config/document.ts';
import { loadConfig } from '../src/config/load.ts';
import { ConfigSchema } from '../src/config/schema.ts';
import { type SchemaNode, schemaTree } from '../src/config/schema-tree.ts';
import { asyncApiJson } from '../src/events/asyncapi.ts';
import { topicRows } from '../src/events/topics.ts';
import { REASON_MESSAGES } from '../src/ingest/failure-reason.ts';
import { metricRows } from '../src/platform/metric-table.ts';

const read = (path: string) => readFileSync(join(import.meta.dirname, '..', path), 'utf8');

describe('the documents made from the code', () => {
  it('are fresh; if not, run: npm run docs', () => {
    expect(read('config/facegate.yaml')).toBe(exampleConfig());
    expect(read('config/schema.json')).toBe(schemaJson());
    expect(read('config/asyncapi.json')).toBe(formattedJson(asyncApiJson()));
    const readme = read('README.md');
    const topics = topicsTable(topicRows({ baseTopic: 'facegate', node: '<node>' }));
    const reasons = reasonsTable(REASON_MESSAGES);
    const commands = commandsTable(flatten(programTree()));
    const exits = exitsTable(EXIT_CODES);
    const metrics = metricsTable(metricRows());
    const rest = restTable(referenceRows(openApiDocument()));
    const made = { config: settingsTable(), reasons, topics, commands, exits, metrics, rest };
    expect(readme).toBe(fillSections(readme, made));
  });

  it('describe every setting', () => {
    const bare: string[] = [];
    const walk = (node: SchemaNode, path: string) => {
      if (path !== '' && !path.endsWith('[]') && !node.description?.endsWith('.')) bare.push(path);
      for (const [name, child] of Object.entries(node.properties ?? {})) walk(child, `${path}.${name}`);
      if (node.items) walk(node.items, `${path}[]`);
    };
    walk(schemaTree(), '');
    expect(bare).toEqual([]);
  });

  it('say where a place for a table is missing', () => {
    expect(() => fillSections('# no place\n', { config: '' })).toThrow('no place for "config"');
  });
});

describe('the configuration that ships', () => {
  it('parses to exactly the defaults', async () => {
    const { config } = await loadConfig({ text: read('config/facegate.yaml'), env: {} });
    expect(config).toEqual(ConfigSchema.parse({}));
  });

  it('has a camera to copy that works once its comment marks are gone', async () => {
    const lines = read('config/facegate.yaml').split('\n');
    const start = lines.indexOf('# cameras:');
    const example = lines.slice(start, lines.indexOf('cameras: []')).map(line => line.replace(/^# /, ''));
    const { config } = await loadConfig({ text: example.join('\n'), env: { CAMERA_PASSWORD: 'x' } });
    expect(config.cameras).toMatchObject([
      { id: 'front-door', url: 'rtsp://viewer:x@192.0.2.10:554/stream1' },
    ]);
  });
});
