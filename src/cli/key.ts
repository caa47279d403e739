import type { Command } from 'commander';
import { connectDaemon } from './daemon-client.ts';
import type { Terminal } from './terminal.ts';

/** `facegate key rotate`: has the running daemon seal its store with a new master key. */
export function addKeyCommand(program: Command, terminal: Terminal): void {
  const key = program
    .command('key')
    .description(
      'the key that seals the store of the running daemon; needs an admin token in $FACEGATE_TOKEN',
    )
    .option(
      '--url <url>',
      'address of the daemon (default: $FACEGATE_URL, else where the configuration says)',
    );

  key
    .command('rotate')
    .description('seal the store with a new key and destroy the old one, while the daemon goes on')
    .option('--json', 'the answer as JSON')
    .addHelpText(
      'after',
      '\nBackups from before need the old key, which is gone: make a new backup afterwards.\nA key that comes from the credential FACEGATE_STORE_KEY is changed there: put the old one into\nFACEGATE_STORE_KEY_OLD and restart the daemon.\n\nExample:\n  facegate key rotate && facegate backup /mnt/usb/facegate-$(date +%F).tar',
    )
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      const client = await connectDaemon(command, terminal);
      const { key_id: id } = (await client('POST', '/api/v1/key/rotate')) as { key_id: string };
      if (json) return terminal.print(JSON.stringify({ key_id: id }));
      terminal.print(
        `The store is sealed with the new key ${id}; back up its store.key and make a new backup.`,
      );
    });
}
