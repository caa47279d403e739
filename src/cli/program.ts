import { Command } from 'commander';
import { addAuditCommand } from './audit-log.ts';
import { addBackupCommand } from './backup.ts';
import { addBenchCommand } from './bench.ts';
import { addCameraCommand } from './camera.ts';
import { addCheckConfigCommand } from './check-config.ts';
import { addClockCommand } from './clock.ts';
import { type CommandNode, commandTree } from './command-tree.ts';
import { addCompletionCommand } from './completion.ts';
import { addDemoCommand } from './demo.ts';
import { addDoctorCommand } from './doctor.ts';
import { addDoorCommand } from './door.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { addGalleryCommand } from './gallery.ts';
import { addKeyCommand } from './key.ts';
import { addModelsCommand } from './models.ts';
import { addPersonCommand } from './person.ts';
import { addRestoreCommand } from './restore.ts';
import { addServeCommand } from './serve.ts';
import type { Terminal } from './terminal.ts';
import { addTokenCommand } from './token.ts';

/** The command line `facegate ...`; commands throw, main.ts turns that into exit codes. */
export function createProgram(terminal: Terminal, version: string): Command {
  const program = new Command('facegate')
    .description('Recognizes faces in camera streams and tells who is at which door.')
    .version(version)
    .option(
      '-c, --config <file>',
      'configuration file (default: $FACEGATE_CONFIG, else the built-in defaults)',
    )
    .configureOutput({
      writeOut: text => terminal.print(text.trimEnd()),
      writeErr: text => terminal.note(text.trimEnd()),
    })
    .exitOverride()
    .showHelpAfterError('Add --help to see what is possible.')
    .addHelpText(
      'after',
      `
Every command has examples: facegate COMMAND --help

Exit codes:
${EXIT_CODES.map(({ code, meaning }) => `  ${code.padEnd(9)} ${meaning}`).join('\n')}`,
    );
  for (const add of [
    addServeCommand,
    addDemoCommand,
    addModelsCommand,
    addTokenCommand,
    addPersonCommand,
    addGalleryCommand,
    addDoorCommand,
    addCameraCommand,
    addClockCommand,
    addDoctorCommand,
    addBenchCommand,
    addAuditCommand,
    addKeyCommand,
    addBackupCommand,
    addRestoreCommand,
    addCheckConfigCommand,
    addCompletionCommand,
  ])
    add(program, terminal);
  return program;
}

/** The command line as data, for manual, completions and documentation; nothing of it can be run. */
export function programTree(): CommandNode {
  const mute: Terminal = {
    env: {},
    print: () => {},
    note: () => {},
    readInput: async () => '',
    stopped: new AbortController().signal,
    die: () => {
      throw new Error('Nothing of this command line can be run.');
    },
  };
  return commandTree(createProgram(mute, ''));
}
