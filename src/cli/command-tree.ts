import type { Command } from 'commander';

/** An option as shells complete it. */
export interface CommandOption {
  /** As `-c` and `--config`; either may be absent. */
  readonly short?: string;
  readonly long?: string;
  readonly description: string;
  /** Whether a value follows. */
  readonly takesValue: boolean;
  /** The values it may have, where they are few. */
  readonly choices: readonly string[];
}

/** A command and what stands below it. */
export interface CommandNode {
  /** The words that lead to it, without the program's own name; empty for the program. */
  readonly path: readonly string[];
  readonly description: string;
  /** How it is called, as `facegate person enroll [options] <images...>`. */
  readonly usage: string;
  /** Its own options, without those of the commands above it. */
  readonly options: readonly CommandOption[];
  /** The values of its first argument, where they are few; undefined where it takes none. */
  readonly argument?: { readonly choices: readonly string[] };
  /** What its help says after the options: notes and examples. */
  readonly notes: string;
  readonly commands: readonly CommandNode[];
}

/** The whole command line as data, from which manual and shell completions are made. */
export function commandTree(program: Command): CommandNode {
  return nodeOf(program, []);
}

/** Every command of the tree, each before what is below it. */
export function flatten(node: CommandNode): CommandNode[] {
  return [node, ...node.commands.flatMap(flatten)];
}

function nodeOf(command: Command, path: readonly string[]): CommandNode {
  const help = command.createHelp();
  const [argument] = command.registeredArguments;
  return {
    path,
    description: command.description(),
    usage: help.commandUsage(command),
    options: help.visibleOptions(command).map(option => ({
      ...(option.short && { short: option.short }),
      ...(option.long && { long: option.long }),
      description: help.optionDescription(option),
      takesValue: option.required || option.optional,
      choices: option.argChoices ?? [],
    })),
    ...(argument && { argument: { choices: argument.argChoices ?? [] } }),
    notes: notesOf(command),
    commands: help
      .visibleCommands(command)
      .filter(below => below.name() !== 'help')
      .map(below => nodeOf(below, [...path, below.name()])),
  };
}

/** Commander keeps what follows the options only as something that writes. */
function notesOf(command: Command): string {
  const before = command.configureOutput();
  const parts: string[] = [];
  command.configureOutput({ writeOut: part => void parts.push(part) });
  command.outputHelp();
  command.configureOutput(before);
  return parts.join('').slice(command.helpInformation().length).trim();
}
