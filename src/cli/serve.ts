import type { Command } from 'commander';
import { runDaemon } from '../daemon/daemon.ts';
import { createLogger } from '../platform/logger.ts';
import { readConfig } from './settings.ts';
import type { Terminal } from './terminal.ts';

/** `facegate serve`: the daemon itself, until SIGTERM or SIGINT. */
export function addServeCommand(program: Command, terminal: Terminal): void {
  program
    .command('serve')
    .description('run the daemon until it is told to stop')
    .addHelpText('after', '\nExample:\n  facegate --config /etc/facegate/facegate.yaml serve')
    .action(async (_options: object, command: Command) => {
      const { config, secrets } = await readConfig(command, terminal);
      const log = createLogger({
        level: config.log.level,
        secrets,
        write: line => terminal.print(line.trimEnd()),
      });
      const onFatal = (error: unknown): void => {
        log.error({ err: error }, 'The store failed: stopping at once so that nothing is damaged.');
        terminal.die(70);
      };
      const version = program.version() ?? '';
      await runDaemon({ config, env: terminal.env, log, version, onFatal }, terminal.stopped);
    });
}
