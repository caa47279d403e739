import type { Command } from 'commander';
import { readCatalog, readConfig } from './settings.ts';
import type { Terminal } from './terminal.ts';

/** `facegate check-config`: says whether the configuration is usable; exit code 78 where not. */
export function addCheckConfigCommand(program: Command, terminal: Terminal): void {
  program
    .command('check-config')
    .description('check the configuration and say what is wrong with it')
    .addHelpText('after', '\nExample:\n  facegate --config facegate.yaml check-config')
    .action(async (_options: object, command: Command) => {
      const loaded = await readConfig(command, terminal);
      await readCatalog(loaded);
      const { cameras, mqtt, http } = loaded.config;
      terminal.print(
        `The configuration is good: ${cameras.length} camera(s), REST on ${http.host}:${http.port}, MQTT ${mqtt.url.startsWith('embedded') ? 'broker embedded' : 'broker set'}.`,
      );
    });
}
