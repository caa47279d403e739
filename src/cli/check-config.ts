import type { Command } from 'commander';
import type { Config } from '../config/schema.ts';
import { brokerAddress } from '../events/broker-address.ts';
import { readPem } from '../platform/pem.ts';
import { readTlsMaterial } from '../platform/tls-material.ts';
import { readCatalog, readConfig } from './settings.ts';
import type { Terminal } from './terminal.ts';

/** `facegate check-config`: says whether the configuration is usable; exit code 78 where not. */
export function addCheckConfigCommand(program: Command, terminal: Terminal): void {
  program
    .command('check-config')
    .description('check the configuration and say what is wrong with it')
    .option('--json', 'one JSON document instead of text')
    .addHelpText(
      'after',
      '\nExamples:\n  facegate --config facegate.yaml check-config\n  facegate check-config --json | jq .cameras',
    )
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      const loaded = await readConfig(command, terminal);
      await readCatalog(loaded);
      await assertReachable(loaded.config);
      const { cameras, doors, mqtt, http } = loaded.config;
      if (json) {
        const ids = { cameras: cameras.map(({ id }) => id), doors: doors.map(({ id }) => id) };
        return terminal.print(JSON.stringify({ good: true, node: loaded.config.node, ...ids }));
      }
      terminal.print(
        `The configuration is good: ${cameras.length} camera(s), REST on ${http.host}:${http.port}, MQTT ${mqtt.url.startsWith('embedded') ? 'broker embedded' : 'broker set'}.`,
      );
    });
}

/** Throws StartupError where an address cannot be read, or a certificate that is named is not there. */
async function assertReachable({ mqtt, doors }: Config): Promise<void> {
  brokerAddress(mqtt);
  await readTlsMaterial('mqtt', mqtt);
  for (const [at, { webhook }] of doors.entries())
    await readPem(`doors[${at}].webhook.ca`, 'CERTIFICATE', webhook?.ca);
}
