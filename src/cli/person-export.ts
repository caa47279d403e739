import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import { createExportOpener, type ExportEnd, type ExportOpener } from '../api/export-seal.ts';
import { FacegateError } from '../domain/errors.ts';
import { type DaemonConnection, findDaemon, noDaemon, refusalOf } from './daemon-client.ts';
import { type ExportKey, exportKeyOf, passphraseKeyOf } from './person-export-key.ts';
import type { Terminal } from './terminal.ts';

interface ExportOptions {
  readonly templates?: boolean;
  readonly keyFile?: string;
  readonly passphraseFile?: string;
}

/** `facegate person export`: the profiles of all persons, and sealed their templates where that is asked for. */
export function addPersonExportCommand(person: Command, terminal: Terminal): void {
  person
    .command('export [file]')
    .description("the profiles of the token's customer as JSON lines, into a new file or to standard output")
    .option('--templates', 'with the templates, all of it sealed; needs one of the next two')
    .option('--key-file <file>', 'seal with the key of 64 hex digits in this file')
    .option('--passphrase-file <file>', 'seal with a key made of the passphrase in this file')
    .addHelpText('after', HELP)
    .action(async (file: string | undefined, options: ExportOptions, command: Command) => {
      const key = await keyOf(options);
      const connection = await findDaemon(command, terminal);
      const write = (line: string) => terminal.print(line);
      const persons = await (file === undefined
        ? receive(connection, key, write)
        : intoFile(file, line => receive(connection, key, line)));
      terminal.note(`${persons} persons exported${key ? ', sealed' : ''}.`);
    });
}

const HELP = `
Templates are biometric data and leave only sealed. The first line of a sealed export says how; each following line is base64 of
nonce (12 bytes), tag (16) and AES-256-GCM ciphertext of a person's JSON under HKDF-SHA-256(key, salt export_id, info "facegate
export"), with "facegate export 1 <number from 0>" as associated data. The last record is {"end":true}.

Examples:
  facegate person export > persons.ndjson
  facegate person export --templates --passphrase-file pass.txt persons.sealed`;

async function keyOf({ templates, keyFile, passphraseFile }: ExportOptions): Promise<ExportKey | undefined> {
  const files = [keyFile, passphraseFile].filter(file => file !== undefined);
  if (!templates && files.length === 0) return undefined;
  if (!templates || files.length !== 1)
    throw new FacegateError(
      'invalid_request',
      'Templates leave only sealed: give --templates together with --key-file or --passphrase-file.',
    );
  return keyFile === undefined ? passphraseKeyOf(passphraseFile!) : exportKeyOf(keyFile);
}

/** Passes each line on, once it was opened to see that it is whole; how many persons it were. */
async function receive(
  { base, send }: DaemonConnection,
  sealing: ExportKey | undefined,
  write: (line: string) => void,
): Promise<number> {
  const path = '/api/v1/gallery/export';
  const body = sealing && JSON.stringify({ key: sealing.key.toString('hex') });
  const response = await (body === undefined ? send('GET', path) : send('POST', path, { body })).catch(
    (error: unknown) => {
      throw noDaemon(base, error);
    },
  );
  if (!response.ok) throw await refusalOf(response);
  let opener: ExportOpener | undefined;
  let end: ExportEnd | undefined;
  let persons = 0;
  for await (const line of linesOf(response)) {
    if (sealing && !opener) {
      const header: object = JSON.parse(line);
      opener = createExportOpener(sealing.key, header);
      write(JSON.stringify({ ...header, ...(sealing.kdf && { kdf: sealing.kdf }) }));
      continue;
    }
    const record = opener?.open(line) as ExportEnd | undefined;
    if (record?.end) end = record;
    else persons++;
    write(line);
  }
  if (sealing && end?.persons !== persons) throw cutOff();
  return persons;
}

async function* linesOf({ body }: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop()!;
      yield* lines;
    }
  } catch (cause) {
    throw cutOff(cause);
  }
}

function cutOff(cause?: unknown): FacegateError {
  return new FacegateError('not_ready', 'The export was cut off; start it again.', { cause });
}

/** A new file for its owner alone, whole or not at all. */
async function intoFile<T>(file: string, fill: (write: (line: string) => void) => Promise<T>): Promise<T> {
  if (existsSync(file))
    throw new FacegateError('invalid_request', `${file} is there already; name a new file for the export.`);
  const unfinished = `${file}.unfinished`;
  const handle = openSync(unfinished, 'w', 0o600);
  try {
    const result = await fill(line => void writeSync(handle, `${line}\n`));
    fsyncSync(handle);
    renameSync(unfinished, file);
    return result;
  } finally {
    closeSync(handle);
    rmSync(unfinished, { force: true });
  }
}
