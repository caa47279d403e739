import { type Command, Option } from 'commander';
import { FacegateError } from '../domain/errors.ts';
import { connectDaemon } from './daemon-client.ts';
import { withStore } from './store-access.ts';
import type { Terminal } from './terminal.ts';

interface Verdict {
  readonly intact: boolean;
  readonly problem?: string;
  readonly entries: number;
  readonly head: { readonly seq: number; readonly hash: string };
}

interface Page {
  readonly entries: readonly object[];
  readonly next_cursor?: string;
}

/** `facegate audit verify|list`: the log of who did what, on the store itself or through the running daemon. */
export function addAuditCommand(program: Command, terminal: Terminal): void {
  const audit = program
    .command('audit')
    .description('check and read the log of who enrolled, changed, deleted, matched and administered what')
    .option(
      '--url <url>',
      'address of the daemon (default: $FACEGATE_URL, else where the configuration says)',
    );

  audit
    .command('verify')
    .description(
      'check that no entry was changed, added or left out; works on the store, also beside a daemon',
    )
    .addOption(
      new Option('--daemon', 'ask the running daemon instead; needs an admin token in $FACEGATE_TOKEN'),
    )
    .option('--json', 'the verdict as JSON, also where it is bad')
    .addHelpText(
      'after',
      '\nKeep the printed head elsewhere: a store that was set back as a whole shows an older one. Exit code 1: not intact.\n\nExamples:\n  facegate audit verify\n  facegate audit verify --daemon --json',
    )
    .action(async ({ daemon, json }: { daemon?: boolean; json?: boolean }, command: Command) => {
      const verdict = daemon
        ? await askDaemon(command, terminal)
        : await withStore(command, terminal, store => store.audit.verify());
      const { intact, problem, entries, head } = verdict;
      if (json) terminal.print(JSON.stringify(verdict));
      if (!intact)
        throw new FacegateError(
          'internal',
          `The audit log is not intact: ${problem} (${entries} entries were right).`,
        );
      if (!json) terminal.print(`The audit log is intact: ${entries} entries, head ${head.seq} ${head.hash}`);
    });

  audit
    .command('list')
    .description(
      'the entries of the running daemon, one JSON line each; needs an admin token in $FACEGATE_TOKEN',
    )
    .addHelpText('after', '\nExample:\n  facegate audit list | grep person.delete')
    .action(async (_options: object, command: Command) => {
      const client = await connectDaemon(command, terminal);
      for (let cursor: string | undefined = '0'; cursor !== undefined; ) {
        const page = (await client('GET', `/api/v1/audit?limit=1000&cursor=${cursor}`)) as Page;
        for (const entry of page.entries) terminal.print(JSON.stringify(entry));
        cursor = page.next_cursor;
      }
    });
}

async function askDaemon(command: Command, terminal: Terminal): Promise<Verdict> {
  const client = await connectDaemon(command, terminal);
  return (await client('GET', '/api/v1/audit/verify')) as Verdict;
}
