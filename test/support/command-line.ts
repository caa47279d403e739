import { CommanderError } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { FacegateError, StartupError } from '../../src/domain/errors.ts';

/** What a command has printed, and the exit code that main.ts would give it. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `facegate ...` in this process, which is ten times faster than one of its own. */
export async function runCommand(
  args: readonly string[],
  options: { env?: Readonly<Record<string, string>>; stopped?: AbortSignal; input?: string } = {},
): Promise<CommandResult> {
  const { env = {}, stopped = new AbortController().signal, input = '' } = options;
  const [out, err]: [string[], string[]] = [[], []];
  const program = createProgram(
    {
      env,
      print: line => void out.push(`${line}\n`),
      note: line => void err.push(`${line}\n`),
      readInput: async () => input,
      stopped,
      die: code => {
        throw new Error(`The process would end with ${code}.`);
      },
    },
    'test',
  );
  const code = await program.parseAsync(['node', 'facegate', ...args]).then(() => 0, codeOf);
  return { code, stdout: out.join(''), stderr: err.join('') };

  function codeOf(error: unknown): number {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof StartupError || error instanceof FacegateError)) throw error;
    err.push(`facegate: ${error.message}\n`);
    return error instanceof StartupError ? error.exitCode : 1;
  }
}
