import { Argument, type Command } from 'commander';
import { commandTree } from './command-tree.ts';
import { completionScript, SHELLS, type Shell } from './completion-scripts.ts';
import type { Terminal } from './terminal.ts';

/** `facegate completion bash|zsh|fish`: the script that makes a shell complete this command line. */
export function addCompletionCommand(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .description('print the script that makes a shell complete commands, options and values')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  source <(facegate completion bash)
  facegate completion zsh > /usr/share/zsh/vendor-completions/_facegate
  facegate completion fish > ~/.config/fish/completions/facegate.fish`,
    )
    .action((shell: Shell) => terminal.print(completionScript(shell, commandTree(program)).trimEnd()));
}
