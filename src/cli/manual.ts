import { type CommandNode, type CommandOption, flatten } from './command-tree.ts';
import { EXIT_CODES } from './exit-codes.ts';

const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['FACEGATE_CONFIG', 'Configuration file, where --config is not given.'],
  ['FACEGATE_TOKEN', 'Token of the commands that speak to the running daemon.'],
  ['FACEGATE_URL', 'Address of the daemon, where --url is not given.'],
  [
    'FACEGATE_STORE_KEY, FACEGATE_STORE_KEY_OLD',
    'Master key of the store and the one before it, 64 hex digits.',
  ],
  ['FFMPEG_PATH', 'The ffmpeg to use, where it is not the first on PATH.'],
  [
    'CREDENTIALS_DIRECTORY',
    'Folder in which ${NAME} of the configuration is looked up first; set by systemd.',
  ],
];

const FILES: readonly (readonly [path: string, meaning: string])[] = [
  ['/etc/facegate/facegate.yaml', 'The configuration of the service.'],
  ['/var/lib/facegate', 'The store of the service, and store.key unless the key is a credential.'],
];

/** The manual page facegate(1) as troff with the man macros, made from the command line itself. */
export function manualPage(root: CommandNode, version: string): string {
  const commands = flatten(root).filter(({ path, commands: below }) => path.length > 0 && below.length === 0);
  const lines = [
    `.TH FACEGATE 1 "" "facegate ${text(version)}" "Facegate"`,
    '.SH NAME',
    'facegate \\- recognizes faces in camera streams and tells who is at which door',
    '.SH SYNOPSIS',
    ...commands.flatMap(({ usage }) => [text(usage), '.br']),
    '.SH DESCRIPTION',
    text(root.description),
    text('The documentation of settings, topics, REST and doors is README.md of the package.'),
    '.SH OPTIONS',
    ...root.options.flatMap(optionLines),
    '.SH COMMANDS',
    ...commands.flatMap(command => commandLines(root, command)),
    '.SH EXIT STATUS',
    ...EXIT_CODES.flatMap(({ code, meaning }) => ['.TP', `.B ${text(code)}`, text(`${meaning}.`)]),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(pairLines),
    '.SH FILES',
    ...FILES.flatMap(pairLines),
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines(
  root: CommandNode,
  { path, usage, description, options, notes }: CommandNode,
): string[] {
  const above = flatten(root).filter(
    node =>
      node.path.length > 0 &&
      node.path.length < path.length &&
      node.path.every((word, at) => word === path[at]),
  );
  const shown = [...options, ...above.flatMap(node => node.options)].filter(({ long }) => long !== '--help');
  return [
    `.SS "${text(path.join(' '))}"`,
    `.B "${text(usage)}"`,
    '.PP',
    text(`${description}.`),
    ...shown.flatMap(optionLines),
    ...(notes === '' ? [] : ['.PP', '.nf', ...notes.split('\n').map(text), '.fi']),
  ];
}

function optionLines({ short, long, description, takesValue }: CommandOption): string[] {
  const names = [short, long].filter(name => name !== undefined).join(', ');
  return ['.TP', `.B ${text(takesValue ? `${names} VALUE` : names)}`, text(description)];
}

function pairLines([name, meaning]: readonly [string, string]): string[] {
  return ['.TP', `.B ${text(name)}`, text(meaning)];
}

/** Plain text for troff: a "-" that can be copied, no escapes, no request at the beginning of a line. */
function text(plain: string): string {
  const escaped = plain.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq');
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
