import { type CommandNode, type CommandOption, flatten } from './command-tree.ts';

/** The shells that completions are made for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A script that makes a shell complete the commands, options and values of the tree; it starts no program while it completes. */
export function completionScript(shell: Shell, root: CommandNode): string {
  const spots = spotsOf(root, []);
  const valued = [...new Set(spots.flatMap(({ options }) => options.filter(takesValue).flatMap(namesOf)))];
  const lines = { bash, zsh, fish }[shell](spots, valued);
  return `${lines.join('\n')}\n`;
}

/** A place in the command line and what may come there; options of the commands above count everywhere below them. */
interface Spot {
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CommandOption[];
  readonly values: readonly string[];
}

function spotsOf(node: CommandNode, above: readonly CommandOption[]): Spot[] {
  const options = [...node.options, ...above];
  const inherited = options.filter(({ long }) => long !== '--help' && long !== '--version');
  const spot = {
    path: node.path.join(' '),
    commands: node.commands.map(({ path, description }) => ({ name: path.at(-1)!, description })),
    options,
    values: node.argument?.choices ?? [],
  };
  return [spot, ...node.commands.flatMap(below => spotsOf(below, inherited))];
}

const takesValue = (option: CommandOption): boolean => option.takesValue;
const namesOf = ({ short, long }: CommandOption): string[] =>
  [short, long].filter(name => name !== undefined);
const wordsOf = ({ commands, options, values }: Spot): string =>
  [...commands.map(({ name }) => name), ...values, ...options.flatMap(namesOf)].join(' ');
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Every place, and every option there whose value is one of a few. */
function choicesIn(spots: readonly Spot[]): { path: string; names: string[]; choices: readonly string[] }[] {
  return spots.flatMap(({ path, options }) =>
    options
      .filter(({ choices }) => choices.length > 0)
      .map(option => ({ path, names: namesOf(option), choices: option.choices })),
  );
}

/** The lines that walk over the words so far: the value of an option is no command. */
function walk(spots: readonly Spot[], valued: readonly string[], next: string): string[] {
  const paths = spots.filter(({ path }) => path !== '').map(({ path }) => quoted(` ${path}`));
  return [
    `      ${valued.join('|')}) ${next} ;;`,
    `      *) case "$at $word" in ${paths.join('|')}) at="$at $word" ;; esac ;;`,
  ];
}

function bash(spots: readonly Spot[], valued: readonly string[]): string[] {
  return [
    '# facegate completion bash > /usr/share/bash-completion/completions/facegate',
    '_facegate() {',
    '  local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD - 1]}" at=\'\' word words=\'\' i',
    '  COMPREPLY=()',
    '  for ((i = 1; i < COMP_CWORD; i++)); do',
    '    word="${COMP_WORDS[i]}"',
    '    case "$word" in',
    ...walk(spots, valued, '((i++))'),
    '    esac',
    '  done',
    '  case "$at $before" in',
    ...choicesIn(spots).flatMap(({ path, names, choices }) =>
      names.map(
        name =>
          `    ${quoted(`${path && ` ${path}`} ${name}`)}) COMPREPLY=($(compgen -W ${quoted(choices.join(' '))} -- "$current")); return ;;`,
      ),
    ),
    '  esac',
    `  case "$before" in ${valued.join('|')}) return ;; esac`,
    '  case "$at" in',
    ...spots.map(spot => `    ${quoted(spot.path && ` ${spot.path}`)}) words=${quoted(wordsOf(spot))} ;;`),
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    'complete -o default -F _facegate facegate',
  ];
}

function zsh(spots: readonly Spot[], valued: readonly string[]): string[] {
  const described = (name: string, description: string) =>
    quoted(`${name.replaceAll(':', '\\:')}:${description}`);
  return [
    '#compdef facegate',
    '# facegate completion zsh > /usr/share/zsh/vendor-completions/_facegate',
    '_facegate() {',
    '  local at=\'\' word before="$words[CURRENT-1]" i',
    '  local -a commands options',
    '  for (( i = 2; i < CURRENT; i++ )); do',
    '    word="$words[i]"',
    '    case "$word" in',
    ...walk(spots, valued, '(( i++ ))'),
    '    esac',
    '  done',
    '  case "$at $before" in',
    ...choicesIn(spots).flatMap(({ path, names, choices }) =>
      names.map(
        name => `    ${quoted(`${path && ` ${path}`} ${name}`)}) compadd -- ${choices.join(' ')}; return ;;`,
      ),
    ),
    '  esac',
    `  case "$before" in ${valued.join('|')}) _files; return ;; esac`,
    '  case "$at" in',
    ...spots.flatMap(({ path, commands, options, values }) => [
      `    ${quoted(path && ` ${path}`)})`,
      `      commands=(${[...commands.map(({ name, description }) => described(name, description)), ...values.map(quoted)].join(' ')})`,
      `      options=(${options.flatMap(option => namesOf(option).map(name => described(name, option.description))).join(' ')}) ;;`,
    ]),
    '  esac',
    '  (( $#commands )) && _describe -t commands command commands',
    '  [[ "$PREFIX" == -* ]] && _describe -o -t options option options',
    '  (( $#commands )) || _files',
    '}',
    'compdef _facegate facegate',
  ];
}

function fish(spots: readonly Spot[], valued: readonly string[]): string[] {
  const paths = spots.filter(({ path }) => path !== '').map(({ path }) => quoted(` ${path}`));
  const at = (path: string) => `-n ${quoted(`test "$(__facegate_at)" = "${path && ` ${path}`}"`)}`;
  return [
    '# facegate completion fish > /usr/share/fish/vendor_completions.d/facegate.fish',
    'function __facegate_at',
    "  set -l at ''",
    '  set -l skip 0',
    '  for word in (commandline -opc)[2..-1]',
    '    if test $skip = 1',
    '      set skip 0',
    `    else if contains -- $word ${valued.join(' ')}`,
    '      set skip 1',
    `    else if contains -- "$at $word" ${paths.join(' ')}`,
    '      set at "$at $word"',
    '    end',
    '  end',
    '  echo -n $at',
    'end',
    ...spots.flatMap(({ path, commands, options, values }) => [
      ...commands.map(
        ({ name, description }) => `complete -c facegate ${at(path)} -f -a ${name} -d ${quoted(description)}`,
      ),
      ...(values.length > 0 ? [`complete -c facegate ${at(path)} -f -a ${quoted(values.join(' '))}`] : []),
      ...options.map(option => fishOption(at(path), option)),
    ]),
  ];
}

function fishOption(at: string, { short, long, description, takesValue, choices }: CommandOption): string {
  const names = [...(short ? [`-s ${short.slice(1)}`] : []), ...(long ? [`-l ${long.slice(2)}`] : [])];
  const value = choices.length > 0 ? [`-x -a ${quoted(choices.join(' '))}`] : takesValue ? ['-r'] : [];
  return ['complete -c facegate', at, ...names, ...value, `-d ${quoted(description)}`].join(' ');
}

/** The words of every place, for whoever checks a script against the tree. */
export function completedWords(root: CommandNode): string[] {
  return flatten(root).flatMap(({ path, options }) => [...path, ...options.flatMap(namesOf)]);
}
