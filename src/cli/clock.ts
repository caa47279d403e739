import type { Command } from 'commander';
import { connectDaemon } from './daemon-client.ts';
import type { Terminal } from './terminal.ts';

/** `facegate clock confirm`: tells the running daemon that the clock of its machine is right. */
export function addClockCommand(program: Command, terminal: Terminal): void {
  const clock = program
    .command('clock')
    .description('the clock of the running daemon; needs an admin token in $FACEGATE_TOKEN')
    .option(
      '--url <url>',
      'address of the daemon (default: $FACEGATE_URL, else where the configuration says)',
    );

  clock
    .command('confirm')
    .description('say that the clock is right as it is, after it was set back or leapt ahead')
    .addHelpText(
      'after',
      '\nLook at the time first: by a wrong clock doors open outside of their schedule, and what is still to be kept\nis thrown away.\n\nExample:\n  timedatectl && facegate clock confirm',
    )
    .action(async (_options: object, command: Command) => {
      const client = await connectDaemon(command, terminal);
      const { time } = (await client('POST', '/api/v1/clock/confirm')) as { time: string };
      terminal.print(`${time} is taken for right.`);
    });
}
