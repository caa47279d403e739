import { type SchemaNode, schemaTree } from './schema-tree.ts';

const WIDTH = 110;

/** Values for the settings that have no default, in the commented examples of the YAML file. */
const EXAMPLES: Readonly<Record<string, unknown>> = {
  'mqtt.username': 'facegate',
  'mqtt.password': '${MQTT_PASSWORD}',
  'mqtt.ca': '/etc/facegate/ca.pem',
  'mqtt.cert': '/etc/facegate/mqtt.pem',
  'mqtt.key': '${MQTT_KEY}',
  'cameras[].id': 'front-door',
  'cameras[].url': 'rtsp://viewer:${CAMERA_PASSWORD}@192.0.2.10:554/stream1',
  'cameras[].detectUrl': 'rtsp://viewer:${CAMERA_PASSWORD}@192.0.2.10:554/stream2',
  'doors[].id': 'main',
  'doors[].cameras': ['front-door'],
  'doors[].key': '${DOOR_KEY}',
  'doors[].targetFpir': 1e-6,
  'doors[].relay': { topic: 'cmnd/door-relay/POWER' },
  'doors[].webhook': { url: 'https://access.example/facegate', secret: '${WEBHOOK_SECRET}' },
  'cameras[].zones': [
    {
      name: 'street',
      kind: 'ignore',
      polygon: [
        [0, 0],
        [1, 0],
        [1, 0.2],
        [0, 0.2],
      ],
    },
  ],
};

/** One row of the topics table in README. */
export interface TopicRow {
  readonly topic: string;
  readonly retain: boolean;
  readonly qos: number;
  readonly payload: string;
  readonly description: string;
}

/** `config/facegate.yaml`: every setting with its description and its default; parses to exactly the defaults. */
export function exampleConfig(): string {
  const head = [
    '# yaml-language-server: $schema=./schema.json',
    '#',
    ...comment(
      'Every setting of Facegate with its default; leave out what you do not change. ${NAME} in a value is replaced by the systemd credential or environment variable of that name; inside the user:password@ of a URL it is percent-encoded. Made from src/config/schema.ts by "npm run docs".',
    ),
  ];
  return `${[...head, ...settingsOf(schemaTree(), '')].join('\n')}\n`;
}

/** `config/schema.json`: the JSON Schema that editors complete and check the YAML file with. */
export function schemaJson(): string {
  return `${joinShortLists(JSON.stringify({ title: 'Facegate configuration', ...schemaTree() }, null, 2))}\n`;
}

/** JSON as the formatter of this repository wants it. */
export function formattedJson(json: string): string {
  return joinShortLists(json);
}

/** The settings table of README, in Markdown. */
export function settingsTable(): string {
  const rows = leavesOf(schemaTree(), '').map(({ path, node }) => [
    `\`${path}\``,
    node.default === undefined ? '' : `\`${JSON.stringify(node.default)}\``,
    valuesOf(node),
    node.description ?? '',
  ]);
  return table(['setting', 'default', 'values', 'meaning'], rows);
}

/** The topics table of README, in Markdown. */
export function topicsTable(topics: readonly TopicRow[]): string {
  const rows = topics.map(({ topic, retain, qos, payload, description }) => [
    `\`${topic}\``,
    retain ? 'yes' : 'no',
    String(qos),
    payload,
    description,
  ]);
  return table(['topic', 'retained', 'QoS', 'payload', 'meaning'], rows);
}

/** One row of the metrics table in README. */
export interface MetricRow {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** The table of calls in README, in Markdown. */
export function restTable(calls: readonly { call: string; role: string; does: string }[]): string {
  return table(
    ['call', 'role', 'does'],
    calls.map(({ call, role, does }) => [`\`${call}\``, role, does]),
  );
}

/** The metrics table of README, in Markdown. */
export function metricsTable(metrics: readonly MetricRow[]): string {
  const rows = metrics.map(({ name, type, labels, help }) => [
    `\`${name}\``,
    type,
    labels.map(label => `\`${label}\``).join(', '),
    help,
  ]);
  return table(['metric', 'type', 'labels', 'meaning'], rows);
}

/** The table of a camera's reasons in README, in Markdown. */
export function reasonsTable(messages: Readonly<Record<string, string>>): string {
  return table(
    ['reason', 'what it means'],
    Object.entries(messages).map(([reason, message]) => [`\`${reason}\``, message]),
  );
}

/** The commands of README, in Markdown; those that only hold others are left out. */
export function commandsTable(
  commands: readonly { path: readonly string[]; description: string; commands: readonly unknown[] }[],
): string {
  const rows = commands
    .filter(({ commands: below }) => below.length === 0)
    .map(({ path, description }) => [`\`facegate ${path.join(' ')}\``, description]);
  return table(['command', 'does'], rows);
}

/** The exit codes of README, in Markdown. */
export function exitsTable(codes: readonly { code: string; meaning: string }[]): string {
  return table(
    ['exit code', 'meaning'],
    codes.map(({ code, meaning }) => [code, meaning]),
  );
}

/** The text with what stands between `<!-- generated:NAME -->` and `<!-- /generated -->` replaced; throws if a name has no place. */
export function fillSections(text: string, sections: Readonly<Record<string, string>>): string {
  return Object.entries(sections).reduce((filled, [name, body]) => {
    const place = new RegExp(`(<!-- generated:${name} -->\n)[\\s\\S]*?(<!-- /generated -->)`);
    if (!place.test(filled)) throw new Error(`README.md has no place for "${name}".`);
    return filled.replace(place, (_all, open: string, close: string) => `${open}${body}\n${close}`);
  }, text);
}

function settingsOf(group: SchemaNode, prefix: string): string[] {
  return Object.entries(group.properties ?? {}).flatMap(([name, node]) => {
    const path = `${prefix}${name}`;
    const lines = ['', ...comment(node.description ?? '')];
    if (node.properties) return [...lines, `${name}:`, ...indent(settingsOf(node, `${path}.`).slice(1))];
    if (node.items) return [...lines, ...listExample(name, node.items, path), `${name}: []`];
    if (node.default === undefined) return [...lines, `# ${name}: ${scalar(EXAMPLES[path])}`];
    return [...lines, `${name}: ${scalar(node.default)}`];
  });
}

/** The list with one entry, all of it commented out. */
function listExample(name: string, item: SchemaNode, path: string): string[] {
  const settings = Object.entries(item.properties ?? {}).flatMap(([key, node]) => {
    const value = EXAMPLES[`${path}[].${key}`] ?? node.default;
    return [...comment(node.description ?? ''), `${key}: ${scalar(value)}`];
  });
  const first = settings.findIndex(line => !line.startsWith('#'));
  const entry = settings.map((line, at) => `  ${at === first ? '-' : ' '} ${line}`);
  return ['# For example:', ...[`${name}:`, ...entry].map(line => `# ${line}`)];
}

function leavesOf(group: SchemaNode, prefix: string): { path: string; node: SchemaNode }[] {
  return Object.entries(group.properties ?? {}).flatMap(([name, node]) => {
    const path = `${prefix}${name}`;
    if (node.properties) return leavesOf(node, `${path}.`);
    if (node.items?.properties) return leavesOf(node.items, `${path}[].`);
    return [{ path, node }];
  });
}

function valuesOf(node: SchemaNode): string {
  if (node.anyOf) return node.anyOf.map(valuesOf).join(' or ');
  if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``;
  if (node.enum) return node.enum.map(value => `\`${JSON.stringify(value)}\``).join(', ');
  if (node.type === 'boolean') return '`true`, `false`';
  if (node.type === 'string') return 'text';
  if (node.type === 'array') return 'list';
  return `${node.minimum} to ${node.maximum}`;
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function comment(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length > WIDTH - 10) lines.push(`# ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function indent(lines: string[]): string[] {
  return lines.map(line => (line === '' ? '' : `  ${line}`));
}

/** A YAML scalar: JSON is YAML, and quotes keep `yes`, `on` and `1:30` what they are. */
function scalar(value: unknown): string {
  return JSON.stringify(value);
}

/** Lists of plain values on one line where they fit, as the formatter of this repository wants them. */
function joinShortLists(json: string): string {
  return json.replace(
    /^(.*)\[\n\s+([^[\]{}]*?)\n\s*\](,?)$/gm,
    (all, before: string, items: string, after: string) => {
      const joined = `${before}[${items.replace(/\n\s+/g, ' ')}]${after}`;
      return joined.length <= WIDTH ? joined : all;
    },
  );
}
