import { basename } from 'node:path';
import type { Command } from 'commander';
import { FacegateError } from '../domain/errors.ts';
import type { AuditReport } from '../gallery/audit-report.ts';
import { auditLines } from './audit-lines.ts';
import { connectDaemon } from './daemon-client.ts';
import { readImage } from './image-file.ts';
import { addPersonExportCommand } from './person-export.ts';
import { addPersonImportCommand } from './person-import.ts';
import type { Terminal } from './terminal.ts';

interface EnrollOptions {
  readonly id: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly groups?: string;
  readonly validFrom?: string;
  readonly validUntil?: string;
  readonly checkDuplicates?: boolean;
  readonly consentId?: string;
}

interface ReceiptVerdict {
  readonly genuine: boolean;
  readonly problem?: string;
  readonly erased_at?: string;
}

interface Enrolled {
  readonly warnings?: readonly { code: string; customer_person_id?: string; similarity: number }[];
}

/** `facegate person enroll|import|export|list|delete|receipt|audit`: speaks REST to the running daemon, which alone may change its gallery. */
export function addPersonCommand(program: Command, terminal: Terminal): void {
  const person = program
    .command('person')
    .description(
      'enroll, import, export, list, delete and audit persons of the running daemon; needs a token in $FACEGATE_TOKEN',
    )
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
    .option('--groups <names>', 'the groups of the person, with commas between them, for doors')
    .option('--valid-from <time>', 'date or time (ISO 8601) from which doors let the person in')
    .option('--valid-until <time>', 'date or time at which that ends')
    .option('--consent-id <text>', 'your reference of the consent that the person has signed')
    .option('--check-duplicates', 'refuse a face that belongs to another person')
    .addHelpText(
      'after',
      '\nExample:\n  facegate person enroll --id 1234 --first-name Ada ada-1.jpg ada-2.jpg',
    )
    .action(async (images: string[], options: EnrollOptions, command: Command) => {
      const client = await connectDaemon(command, terminal);
      for (const image of images) {
        const form = new FormData();
        form.set('customer_person_id', options.id);
        for (const [field, value] of profileFields(options)) form.set(field, value);
        if (options.checkDuplicates) form.set('check_duplicates', 'true');
        form.set('image_path', new Blob([await readImage(image)]), basename(image));
        const { warnings = [] } = (await client('POST', '/miicloud/person', form)) as Enrolled;
        terminal.print(`${image}: enrolled for ${options.id}`);
        for (const warning of warnings) terminal.note(`${image}: warning: ${warningText(warning)}`);
      }
    });

  addPersonImportCommand(person, terminal);
  addPersonExportCommand(person, terminal);

  person
    .command('list')
    .description("list the persons of the token's customer, one JSON line each")
    .addHelpText('after', '\nExample:\n  facegate person list | jq -r .customer_person_id')
    .action(async (_options: object, command: Command) => {
      const client = await connectDaemon(command, terminal);
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
    .addHelpText(
      'after',
      '\nKeep the receipt: it proves the erasure.\n\nExample:\n  facegate person delete 1234',
    )
    .action(async (id: string, _options: object, command: Command) => {
      const client = await connectDaemon(command, terminal);
      let receipt: string | null = null;
      await client('DELETE', `/miicloud/person/${encodeURIComponent(id)}`, undefined, headers => {
        receipt = headers.get('x-erasure-receipt');
      });
      terminal.print(`${id}: deleted`);
      if (receipt !== null) terminal.print(`receipt: ${receipt}`);
    });

  person
    .command('receipt <receipt>')
    .description('check the receipt of an erasure')
    .option('--id <id>', 'the person that it should be about (customer_person_id)')
    .addHelpText('after', '\nExample:\n  facegate person receipt eyJ2Ij... --id 1234')
    .action(async (receipt: string, { id }: { id?: string }, command: Command) => {
      const client = await connectDaemon(command, terminal);
      const query = new URLSearchParams({ receipt, ...(id !== undefined && { customer_person_id: id }) });
      const verdict = (await client('GET', `/api/v1/erasures/verify?${query}`)) as ReceiptVerdict;
      if (!verdict.genuine)
        throw new FacegateError('invalid_request', verdict.problem ?? 'It is not genuine.');
      terminal.print(`genuine: erased by ${verdict.erased_at}`);
    });

  person
    .command('audit')
    .description('list weak, outlying and look-alike images of the gallery, with the numbers')
    .option('--far', 'measure the gallery against itself: similarities of strangers, and of own images')
    .option('--json', 'one JSON document instead of text')
    .addHelpText('after', '\nExamples:\n  facegate person audit\n  facegate person audit --far --json')
    .action(async ({ far, json }: { far?: boolean; json?: boolean }, command: Command) => {
      const client = await connectDaemon(command, terminal);
      const path = `/api/v1/gallery/audit${far ? '?far=true' : ''}`;
      const report = (await client('GET', path)) as AuditReport;
      if (json) return terminal.print(JSON.stringify(report));
      for (const line of auditLines(report)) terminal.print(line);
    });
}

function warningText({ code, customer_person_id, similarity }: NonNullable<Enrolled['warnings']>[number]) {
  const number = `similarity ${similarity.toFixed(3)}`;
  if (code === 'face_conflict') return `the face already belongs to ${customer_person_id} (${number})`;
  return `the face is unlike this person's other images (best ${number})`;
}

interface Page {
  readonly persons: readonly object[];
  readonly next_cursor?: string;
}

function profileFields(options: EnrollOptions): [string, string][] {
  const fields = {
    first_name: options.firstName,
    last_name: options.lastName,
    email: options.email,
    phone: options.phone,
    consent_id: options.consentId,
    groups: options.groups,
    valid_from: options.validFrom,
    valid_until: options.validUntil,
  };
  return Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}
