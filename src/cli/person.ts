import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { FacegateError } from '../domain/errors.ts';
import { readConfig } from './settings.ts';
import type { Terminal } from './terminal.ts';

interface EnrollOptions {
  readonly id: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly email?: string;
  readonly phone?: string;
}

/** `facegate person enroll|list|delete`: speaks REST to the running daemon, which alone may change its gallery. */
export function addPersonCommand(program: Command, terminal: Terminal): void {
  const person = program
    .command('person')
    .description('enroll, list and delete persons of the running daemon; needs a token in $FACEGATE_TOKEN')
    .option(
      '--url <url>',
      'address of the daemon (default: $FACEGATE_URL, else where the configuration says)',
    );

  person
    .command('enroll <images...>')
    .description('enroll a person from one or more photos')
    .requiredOption('--id <id>', 'your own id of the person (customer_person_id)')
    .option('--first-name <text>', 'first name')
    .option('--last-name <text>', 'last name')
    .option('--email <text>', 'e-mail address')
    .option('--phone <text>', 'phone number')
    .addHelpText(
      'after',
      '\nExample:\n  facegate person enroll --id 1234 --first-name Ada ada-1.jpg ada-2.jpg',
    )
    .action(async (images: string[], options: EnrollOptions, command: Command) => {
      const client = await connect(command, terminal);
      for (const image of images) {
        const form = new FormData();
        form.set('customer_person_id', options.id);
        for (const [field, value] of profileFields(options)) form.set(field, value);
        form.set('image_path', new Blob([await readImage(image)]), basename(image));
        await client('POST', '/miicloud/person', form);
        terminal.print(`${image}: enrolled for ${options.id}`);
      }
    });

  person
    .command('list')
    .description("list the persons of the token's customer, one JSON line each")
    .action(async (_options: object, command: Command) => {
      const client = await connect(command, terminal);
      for (let cursor: string | undefined = ''; cursor !== undefined; ) {
        const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const page = (await client('GET', `/miicloud/person?limit=100${query}`)) as Page;
        for (const entry of page.persons) terminal.print(JSON.stringify(entry));
        cursor = page.next_cursor;
      }
    });

  person
    .command('delete <id>')
    .description('erase a person and everything that belongs to them')
    .action(async (id: string, _options: object, command: Command) => {
      const client = await connect(command, terminal);
      await client('DELETE', `/miicloud/person/${encodeURIComponent(id)}`);
      terminal.print(`${id}: deleted`);
    });
}

interface Page {
  readonly persons: readonly object[];
  readonly next_cursor?: string;
}

type Client = (method: string, path: string, body?: FormData) => Promise<unknown>;

async function connect(command: Command, terminal: Terminal): Promise<Client> {
  const token = terminal.env.FACEGATE_TOKEN;
  if (!token)
    throw new FacegateError(
      'unauthorized',
      'Put a token into $FACEGATE_TOKEN; "facegate token create" makes one.',
    );
  const { url } = command.optsWithGlobals<{ url?: string }>();
  const { http } = (await readConfig(command, terminal)).config;
  const base = url ?? terminal.env.FACEGATE_URL ?? `http://${http.host}:${http.port}`;
  return async (method, path, body) => {
    const response = await fetch(new URL(path, base), {
      method,
      headers: { authorization: `Token ${token}` },
      ...(body ? { body } : {}),
    }).catch((error: unknown) => {
      throw new FacegateError('not_ready', `No daemon answers at ${base}: start it, or name it with --url.`, {
        cause: error,
      });
    });
    const answer = (await response.json()) as { message?: string };
    if (!response.ok)
      throw new FacegateError('invalid_request', answer.message ?? `The daemon answered ${response.status}.`);
    return answer;
  };
}

function profileFields(options: EnrollOptions): [string, string][] {
  const fields = {
    first_name: options.firstName,
    last_name: options.lastName,
    email: options.email,
    phone: options.phone,
  };
  return Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}

async function readImage(file: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (error) {
    throw new FacegateError('invalid_request', `${file} cannot be read: check the name and the rights.`, {
      cause: error,
    });
  }
}
