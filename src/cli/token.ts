import { createHash, randomBytes } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { FacegateError } from '../domain/errors.ts';
import { withStore } from './store-access.ts';
import type { Terminal } from './terminal.ts';

const TOKEN = /^[0-9a-f]{40}$/;
const DAY_MS = 86_400_000;

interface CreateOptions {
  readonly customer: string;
  readonly role: 'admin' | 'operator' | 'reader';
  readonly name: string;
  readonly days?: number;
  readonly stdin?: boolean;
}

/** `facegate token create|list|revoke`: works on the store directly, also beside a running daemon. */
export function addTokenCommand(program: Command, terminal: Terminal): void {
  const token = program.command('token').description('create, list and revoke the tokens of REST clients');

  token
    .command('create')
    .description('create a token and show it once; only its SHA-256 is stored')
    .requiredOption('--customer <id>', 'customer whose gallery the token opens', parseCustomer)
    .addOption(
      new Option('--role <role>', 'what it may do')
        .choices(['admin', 'operator', 'reader'])
        .makeOptionMandatory(),
    )
    .option('--name <text>', 'what or who it is for', '')
    .option('--days <n>', 'days until it expires (default: never)', parseDays)
    .option('--stdin', 'register an existing token of 40 hex digits, read from standard input')
    .addHelpText(
      'after',
      '\nExamples:\n  facegate token create --customer acme --role operator --name reception\n  facegate token create --customer acme --role admin --stdin < token.txt',
    )
    .action(async (options: CreateOptions, command: Command) => {
      const given = options.stdin ? (await terminal.readInput()).trim().toLowerCase() : undefined;
      if (given !== undefined && !TOKEN.test(given))
        throw new FacegateError('invalid_request', 'The token on standard input must be 40 hex digits.');
      const secret = given ?? randomBytes(20).toString('hex');
      await withStore(command, terminal, store =>
        store.tokens.add({
          hash: createHash('sha256').update(secret).digest('hex'),
          customerId: options.customer,
          role: options.role,
          name: options.name,
          createdAt: Date.now(),
          ...(options.days === undefined ? {} : { expiresAt: Date.now() + options.days * DAY_MS }),
        }),
      );
      terminal.print(given === undefined ? secret : 'The token is registered.');
    });

  token
    .command('list')
    .description('list tokens by the first digits of their hash')
    .action((_options: object, command: Command) =>
      withStore(command, terminal, store => {
        for (const { hash, customerId, role, name, expiresAt, revokedAt } of store.tokens.list()) {
          const state = revokedAt
            ? 'revoked'
            : expiresAt
              ? `until ${new Date(expiresAt).toISOString().slice(0, 10)}`
              : 'valid';
          terminal.print([hash.slice(0, 12), customerId, role, state, name].join('\t').trimEnd());
        }
        return Promise.resolve();
      }),
    );

  token
    .command('revoke <hash>')
    .description('revoke the token whose hash begins with these digits (see "token list")')
    .action((hash: string, _options: object, command: Command) =>
      withStore(command, terminal, async store => {
        await store.tokens.revoke(hash);
        terminal.print('The token is revoked.');
      }),
    );
}

function parseCustomer(value: string): string {
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(value))
    throw new InvalidArgumentError('Use 1 to 64 of a-z, 0-9, "-" and "_".');
  return value;
}

function parseDays(value: string): number {
  const days = Number(value);
  if (!(days > 0 && days <= 36_500))
    throw new InvalidArgumentError('Use a number of days between 0 and 36500.');
  return days;
}
