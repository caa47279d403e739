import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { StartupError } from '../domain/errors.ts';
import { doorProblems } from './doors.ts';
import { type Problem, pathText, problemsOf } from './problems.ts';
import { type Config, ConfigSchema } from './schema.ts';
import { knownKeys } from './schema-tree.ts';
import { passwordsIn } from './secrets.ts';
import { substitute, type ValueSource } from './substitution.ts';

/** A configuration that is ready to use, and what must be masked in whatever is logged. */
export interface LoadedConfig {
  /** Complete and deeply frozen. */
  readonly config: Config;
  readonly secrets: string[];
}

/**
 * Reads, fills in, checks and freezes the configuration; without `file` and `text` it is all defaults.
 * Throws StartupError (exit 78) with one line per mistake: `facegate.yaml:12:5 cameras[0].fps: must be at most 30`.
 */
export async function loadConfig(options: {
  file?: string;
  text?: string;
  env: Readonly<Record<string, string | undefined>>;
  credentialsDir?: string;
}): Promise<LoadedConfig> {
  const { file, env, credentialsDir = env.CREDENTIALS_DIRECTORY } = options;
  const text = options.text ?? (file === undefined ? '' : await read(file));
  const source = parse(text, file === undefined ? 'config' : basename(file));
  const secrets = new Set<string>();

  refuse(syntaxMistakes(source));
  refuse(fillIn(source, { env, credentialsDir }, secrets));
  const config = freeze(check(source));
  for (const secret of passwordsIn(config)) secrets.add(secret);
  return { config, secrets: [...secrets] };
}

interface Source {
  readonly name: string;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new StartupError(
      `The configuration ${file} cannot be read (${code}); check the path and its rights.`,
      {
        cause,
      },
    );
  }
}

function parse(text: string, name: string): Source {
  const lines = new LineCounter();
  return { name, document: parseDocument(text, { lineCounter: lines, prettyErrors: false }), lines };
}

function refuse(mistakes: readonly string[]): void {
  if (mistakes.length > 0) throw new StartupError(mistakes.join('\n'));
}

/** Codes whose messages in the package quote the text, which may be a password. */
const QUOTING_CODES = new Set(['BAD_DQ_ESCAPE', 'TAG_RESOLVE_FAILED', 'UNEXPECTED_TOKEN', 'BAD_DIRECTIVE']);

function syntaxMistakes(source: Source): string[] {
  const [error] = source.document.errors;
  if (error !== undefined) {
    const detail = QUOTING_CODES.has(error.code) ? 'something stands where it cannot' : error.message;
    return [
      `${place(source, error.pos[0])} is not valid YAML: ${detail}; quote text that holds special characters`,
    ];
  }
  const mistakes: string[] = [];
  // A password that begins with one of these and is not quoted would silently become something else.
  const reject = (range: readonly number[] | null | undefined) =>
    mistakes.push(
      `${place(source, range?.[0] ?? 0)} an unquoted "*", "&" or "!" begins this value; put it in quotes`,
    );
  visit(source.document, {
    Alias: (_key, node) => void reject(node.range),
    Value: (_key, node) => void ((node.anchor !== undefined || node.tag !== undefined) && reject(node.range)),
  });
  return mistakes;
}

/** Replaces ${NAME} in every value of the document; tells what could not be replaced. */
function fillIn(source: Source, values: ValueSource, secrets: Set<string>): string[] {
  const mistakes: string[] = [];
  visit(source.document, {
    Scalar: (key, node) => {
      if (key === 'key' || typeof node.value !== 'string') return;
      const filled = substitute(node.value, values, secrets);
      if ('text' in filled) node.value = filled.text;
      else mistakes.push(`${place(source, node.range?.[0] ?? 0)} ${filled.problem}`);
    },
  });
  return mistakes;
}

function check(source: Source): Config {
  const { document } = source;
  const parsed = ConfigSchema.safeParse(document.toJS() ?? {});
  const exists = (path: Problem['path']) => path.length === 0 || document.hasIn(path);
  const problems = parsed.success
    ? [...repeatedCameras(parsed.data), ...doorProblems(parsed.data)]
    : problemsOf(parsed.error.issues, { exists, keysAt: knownKeys });
  if (parsed.success && problems.length === 0) return parsed.data;
  const inOrder = problems
    .map(problem => ({ ...problem, offset: offsetOf(document, problem) }))
    .sort((a, b) => a.offset - b.offset);
  throw new StartupError(inOrder.map(problem => mistake(source, problem)).join('\n'));
}

function repeatedCameras(config: Config): Problem[] {
  const ids = config.cameras.map(camera => camera.id);
  return ids.flatMap((id, at) => {
    const first = ids.indexOf(id);
    if (first === at) return [];
    return [
      {
        path: ['cameras', at, 'id'],
        sentence: `is the id of cameras[${first}] too; every camera needs its own`,
      },
    ];
  });
}

function mistake(source: Source, problem: Problem & { offset: number }): string {
  const where = place(source, problem.offset);
  const path = pathText(problem.path);
  return path === '' ? `${where} ${problem.sentence}` : `${where} ${path}: ${problem.sentence}`;
}

function place({ name, lines }: Source, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${name}:${Math.max(1, line)}:${Math.max(1, col)}`;
}

/** Where the key, the value, or what stands nearest above a missing value begins in the text. */
function offsetOf(document: Document.Parsed, { path, key }: Problem): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (!isNode(node)) continue;
    const pair = isMap(node)
      ? node.items.find(item => isScalar(item.key) && item.key.value === key)
      : undefined;
    const found = pair !== undefined && isNode(pair.key) ? pair.key : node;
    return found.range?.[0] ?? 0;
  }
  return 0;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) freeze(part);
    Object.freeze(value);
  }
  return value;
}
