import type { z } from 'zod';
import { closest } from './closest.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly (string | number)[];

/** One thing that is wrong with a configuration. `key` is set where a key, not a value, is wrong. */
export interface Problem {
  readonly path: Path;
  readonly key?: string;
  readonly sentence: string;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text; put it in quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of settings',
};

/** What zod found, one sentence each that says what to do and holds no value of the configuration. */
export function problemsOf(
  issues: readonly Issue[],
  known: { exists: (path: Path) => boolean; keysAt: (path: Path) => readonly string[] },
): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const path = issue.path as Path;
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map(key => {
        return { path, key, sentence: strangerSentence(key, known.keysAt(path)) };
      });
    }
    return [{ path, sentence: known.exists(path) ? sentenceFor(issue) : 'is missing' }];
  });
}

/** The path as it is written in messages: cameras[0].fps */
export function pathText(path: Path): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : at === 0 ? part : `.${part}`))
    .join('');
}

/** Shows of a key only what can be a name: in `{password:secret}` YAML takes the whole as a key. */
function strangerSentence(key: string, known: readonly string[]): string {
  const name = /^[\w-]*/.exec(key)?.[0] ?? '';
  if (name !== key) return `"${name}…" is not a setting; is a space missing after its colon?`;
  const meant = closest(key, known);
  return `"${key}" is not a setting${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
}

function sentenceFor(issue: Issue): string {
  const demand = demandOf(issue);
  return demand === undefined ? issue.message : `must be ${demand}`;
}

/** What would follow "must be"; undefined where the schema has a message of its own. */
function demandOf(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.map(value => JSON.stringify(value)).join(' or ');
    case 'too_small':
      return bound('at least', issue.origin, issue.minimum);
    case 'too_big':
      return bound('at most', issue.origin, issue.maximum);
    case 'invalid_union':
      return issue.errors.map(branch => demandOf(branch[0])).join(' or ');
    default:
      return undefined;
  }
}

function bound(word: string, origin: string, limit: number | bigint): string {
  const unit = origin === 'array' ? ' entries' : origin === 'string' ? ' characters' : '';
  return `${word} ${limit}${unit}`;
}
