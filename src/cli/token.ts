import { type Command, InvalidArgumentError, Option } from 'commander';
import { FacegateError } from '../domain/errors.ts';
import { ROLES, type Role, type TokenRecord, tokenState } from '../domain/token.ts';
import { newTokenSecret, TOKEN_SECRET, tokenHash, tokenId } from '../platform/token-secret.ts';
import { withStore } from './store-access.ts';
import type { Terminal } from './terminal.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MAX_OVERLAP_HOURS = 24 * 30;

interface CreateOptions {
  readonly customer: string;
  readonly role: Role;
  readonly name: string;
  readonly days?: number;
  readonly stdin?: boolean;
  readonly json?: boolean;
}

interface RotateOptions {
  readonly overlap: number;
  readonly stdin?: boolean;
  readonly json?: boolean;
}

/** `facegate token create|list|rotate|revoke`: works on the store directly, also beside a running daemon. */
export function addTokenCommand(program: Command, terminal: Terminal): void {
  const token = program
    .command('token')
    .description('create, list, rotate and revoke the tokens of REST clients');

  token
    .command('create')
    .description('create a token and show it once; only its SHA-256 is stored')
    .requiredOption('--customer <id>', 'customer whose gallery the token opens', parseCustomer)
    .addOption(new Option('--role <role>', 'what it may do').choices([...ROLES].sort()).makeOptionMandatory())
    .option('--name <text>', 'what or who it is for', '')
    .option('--days <n>', 'days until it expires (default: never)', parseDays)
    .option('--stdin', 'register an existing token of 40 hex digits, read from standard input')
    .option('--json', 'the token and what is known of it as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  facegate token create --customer acme --role operator --name reception\n  facegate token create --customer acme --role admin --stdin < token.txt',
    )
    .action(async (options: CreateOptions, command: Command) => {
      const given = options.stdin ? await secretFrom(terminal) : undefined;
      const secret = given ?? newTokenSecret();
      const { customer: customerId, role, name, days } = options;
      const createdAt = Date.now();
      const expires = days === undefined ? {} : { expiresAt: createdAt + days * DAY_MS };
      const record = { hash: tokenHash(secret), customerId, role, name, createdAt, ...expires };
      await withStore(command, terminal, store => store.tokens.add(record));
      tell({ given, secret, record, json: options.json });
    });

  token
    .command('list')
    .description('list tokens by the first digits of their hash, with the hour of their last use')
    .option('--customer <id>', 'only the tokens of this customer', parseCustomer)
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      '\nExamples:\n  facegate token list --customer acme\n  facegate token list --json | jq -r \'select(.state == "valid") | .id\'',
    )
    .action(({ customer, json }: { customer?: string; json?: boolean }, command: Command) =>
      withStore(command, terminal, store => {
        const now = Date.now();
        for (const record of store.tokens.list())
          if (customer === undefined || record.customerId === customer)
            terminal.print(json ? JSON.stringify(rowOf(record, now)) : lineOf(record, now));
        return Promise.resolve();
      }),
    );

  token
    .command('rotate <hash>')
    .description(
      'create a token in the place of another, show it once, and let the old one end after a while',
    )
    .option('--overlap <hours>', 'hours for which the old token goes on working', parseHours, 24)
    .option('--stdin', 'the new token is an existing one of 40 hex digits, read from standard input')
    .option('--json', 'the new token and what is known of it as JSON')
    .addHelpText(
      'after',
      '\nThe new token has the customer, role, name and lifetime of the old one.\n\nExample:\n  facegate token rotate 3f2a90bb41c7 --overlap 48',
    )
    .action(async (hash: string, { overlap, stdin, json }: RotateOptions, command: Command) => {
      const given = stdin ? await secretFrom(terminal) : undefined;
      const secret = given ?? newTokenSecret();
      const next = { hash: tokenHash(secret), overlapMs: overlap * HOUR_MS };
      const { old, made } = await withStore(command, terminal, store => store.tokens.rotate(hash, next));
      tell({ given, secret, record: made, json });
      terminal.note(`The old token ends at ${new Date(old.expiresAt!).toISOString()}.`);
    });

  token
    .command('revoke <hash>')
    .description('revoke the token whose hash begins with these digits (see "token list")')
    .option('--json', 'what is known of the token as JSON')
    .addHelpText('after', '\nExample:\n  facegate token revoke 3f2a90bb41c7')
    .action((hash: string, { json }: { json?: boolean }, command: Command) =>
      withStore(command, terminal, async store => {
        const record = await store.tokens.revoke(hash);
        terminal.print(json ? JSON.stringify(rowOf(record, Date.now())) : 'The token is revoked.');
      }),
    );

  /** The one time that a new token is shown; one that was given is known already. */
  function tell(made: {
    given: string | undefined;
    secret: string;
    record: TokenRecord;
    json: boolean | undefined;
  }): void {
    const { given, secret, record, json } = made;
    const shown = given === undefined ? { token: secret } : {};
    if (json) terminal.print(JSON.stringify({ ...shown, ...rowOf(record, record.createdAt) }));
    else terminal.print(shown.token ?? 'The token is registered.');
  }
}

async function secretFrom(terminal: Terminal): Promise<string> {
  const given = (await terminal.readInput()).trim().toLowerCase();
  if (TOKEN_SECRET.test(given)) return given;
  throw new FacegateError('invalid_request', 'The token on standard input must be 40 hex digits.');
}

function lineOf(record: TokenRecord, now: number): string {
  const { hash, customerId, role, name, expiresAt, lastUsedAt } = record;
  const state = tokenState(record, now);
  const until = state === 'valid' && expiresAt !== undefined ? ` until ${minute(expiresAt)}` : '';
  const used = lastUsedAt === undefined ? 'never used' : `used ${minute(lastUsedAt)}`;
  return [tokenId(hash), customerId, role, `${state}${until}`, used, name].join('\t').trimEnd();
}

function rowOf(record: TokenRecord, now: number) {
  const { hash, customerId, role, name, createdAt, expiresAt, revokedAt, replacedBy, lastUsedAt } = record;
  const time = (moment: number | undefined) => moment && new Date(moment).toISOString();
  return {
    id: tokenId(hash),
    customer: customerId,
    role,
    name,
    state: tokenState(record, now),
    created_at: time(createdAt),
    expires_at: time(expiresAt),
    revoked_at: time(revokedAt),
    replaced_by: replacedBy && tokenId(replacedBy),
    last_used_at: time(lastUsedAt),
  };
}

/** To the minute, in UTC. */
function minute(moment: number): string {
  return `${new Date(moment).toISOString().slice(0, 16)}Z`;
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

function parseHours(value: string): number {
  const hours = Number(value);
  if (value.trim() === '' || !(hours >= 0 && hours <= MAX_OVERLAP_HOURS))
    throw new InvalidArgumentError(`Use a number of hours from 0 to ${MAX_OVERLAP_HOURS}.`);
  return hours;
}
