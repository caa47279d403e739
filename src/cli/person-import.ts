import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { FacegateError } from '../domain/errors.ts';
import { connectDaemon, findDaemon } from './daemon-client.ts';
import { openImportJournal } from './person-import-journal.ts';
import { type ImportPlan, planImport } from './person-import-plan.ts';
import { createImportReport, type ImportReport } from './person-import-report.ts';
import { runImport } from './person-import-run.ts';
import { createPatientSender } from './person-import-sender.ts';
import type { Terminal } from './terminal.ts';

interface ImportOptions {
  readonly journal?: string;
  readonly parallel: number;
  readonly checkDuplicates?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const PARALLEL = 4;

/** `facegate person import`: enrolls many persons at the running daemon; may be stopped and run again. */
export function addPersonImportCommand(person: Command, terminal: Terminal): void {
  person
    .command('import <path>')
    .description('enroll many persons: from a folder, a CSV file, or a file of JSON lines')
    .option('--journal <file>', 'where to remember what was enrolled (default: beside <path>)')
    .option('--parallel <n>', 'persons at once', parseParallel, PARALLEL)
    .option('--check-duplicates', 'refuse a face that belongs to another person')
    .option('--dry-run', 'say what would be done, and send nothing')
    .option('--json', 'one JSON document instead of text')
    .addHelpText('after', HELP)
    .action(async (path: string, options: ImportOptions, command: Command) => {
      const plan = planImport(path);
      const report = createImportReport(plan, terminal, Date.now);
      if (plan.ignoredColumns.length > 0)
        report.note(`Columns without a meaning here: ${plan.ignoredColumns.join(', ')}.`);
      const end = options.dryRun
        ? preview(plan, report)
        : await send({ plan, report, path, options, command, terminal });
      const failed = report.finish({ json: options.json ?? false, end });
      if (end === 'stopped')
        throw new FacegateError('not_ready', 'The import was stopped; the same command goes on with it.');
      if (failed > 0)
        throw new FacegateError(
          'invalid_request',
          `${failed} files or rows cannot be enrolled; see the reasons.`,
        );
    });
}

const HELP = `
A folder holds a folder of photos per person, named by your own id of them, or photos named so (1234.jpg). A CSV file
names its columns in its first row: customer_person_id, image (relative to the file; several are separated by "|"), and where
wanted first_name, last_name, email, phone, consent_id, consent_purpose, consent_expires_at. A file of JSON lines has the same
names, and image may be a list. Rows of the same person add up.

Whenever it ends, also by a kill, the same command goes on with it: no photo is enrolled twice.

Examples:
  facegate person import --dry-run photos/
  facegate person import staff.csv`;

/** Tells of files that are not there. */
function preview(plan: ImportPlan, report: ImportReport): 'preview' {
  for (const { id, photos } of plan.persons)
    for (const { file, name } of photos)
      if (!isReadable(file))
        report.add({
          customer_person_id: id,
          file: name,
          outcome: 'refused',
          code: 'invalid_request',
          reason: 'The file cannot be read: check the name and the rights.',
        });
  return 'preview';
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

async function send(parts: {
  plan: ImportPlan;
  report: ImportReport;
  path: string;
  options: ImportOptions;
  command: Command;
  terminal: Terminal;
}): Promise<'done' | 'stopped'> {
  const { plan, report, path, options, command, terminal } = parts;
  const client = await connectDaemon(command, terminal);
  const connection = await findDaemon(command, terminal);
  const { customer } = (await client('GET', '/api/v1/status')) as { customer: string };
  const file = options.journal ?? `${resolve(path)}.import-journal`;
  const journal = openImportJournal(file, { daemon: connection.base, customer });
  const sender = createPatientSender({
    connection,
    stopped: terminal.stopped,
    now: Date.now,
    onWait: (reason, ms) => report.note(`Waiting ${Math.ceil(ms / 1000)} s: ${reason}`),
  });
  try {
    await runImport({
      persons: plan.persons,
      sender,
      journal,
      parallel: options.parallel,
      refuseDuplicates: options.checkDuplicates ?? false,
      signal: terminal.stopped,
      onPhoto: report.add,
      now: Date.now,
    });
  } catch (error) {
    if (!terminal.stopped.aborted) {
      report.finish({ json: options.json ?? false, end: 'stopped' });
      throw error;
    }
  } finally {
    journal.close();
  }
  return terminal.stopped.aborted ? 'stopped' : 'done';
}

function parseParallel(value: string): number {
  const parallel = Number(value);
  if (Number.isInteger(parallel) && parallel >= 1 && parallel <= 16) return parallel;
  throw new InvalidArgumentError('Use a number from 1 to 16.');
}
