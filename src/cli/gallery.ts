import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { FacegateError } from '../domain/errors.ts';
import { connectDaemon } from './daemon-client.ts';
import type { Terminal } from './terminal.ts';

/** What the daemon answers about a migration. */
interface Progress {
  readonly state: 'idle' | 'running' | 'done' | 'failed';
  readonly reason?: string;
  readonly persons: { readonly done: number; readonly total: number };
  readonly templates: {
    readonly migrated: number;
    readonly not_kept: number;
    readonly unreadable: number;
    readonly refused: number;
  };
  readonly needs_enrollment: number;
}

const PATH = '/api/v1/gallery/migrate';
const POLL_MS = 500;

/** `facegate gallery migrate`: has the running daemon make templates anew after a change of the embedder. */
export function addGalleryCommand(program: Command, terminal: Terminal): void {
  const gallery = program
    .command('gallery')
    .description('work on the gallery of the running daemon; needs a token in $FACEGATE_TOKEN')
    .option(
      '--url <url>',
      'address of the daemon (default: $FACEGATE_URL, else where the configuration says)',
    );

  gallery
    .command('migrate')
    .description('after a change of models.embedder: make templates anew where images were kept')
    .option('--json', 'the answer as JSON; progress still goes to standard error')
    .addHelpText(
      'after',
      '\nImages are kept only with enrollment.keepImages. Persons without a kept image must enroll again:\n"facegate person list" marks them with needs_enrollment.\n\nExample:\n  facegate gallery migrate',
    )
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      const client = await connectDaemon(command, terminal);
      let progress = (await client('POST', PATH)) as Progress;
      for (let told = -1; progress.state === 'running'; ) {
        if (progress.persons.done !== told) terminal.note(`${personsLine(progress)} ...`);
        told = progress.persons.done;
        await sleep(POLL_MS, undefined, { signal: terminal.stopped });
        progress = (await client('GET', PATH)) as Progress;
      }
      if (json) terminal.print(JSON.stringify(progress));
      else for (const line of summaryOf(progress)) terminal.print(line);
      if (progress.state !== 'done')
        throw new FacegateError('internal', progress.reason ?? 'The migration did not end.');
    });
}

function summaryOf(progress: Progress): string[] {
  const { templates, needs_enrollment } = progress;
  const left = templates.not_kept + templates.unreadable + templates.refused;
  return [
    `${personsLine(progress)}: ${templates.migrated} templates made anew, ${left} left (${templates.not_kept} without a kept image, ${templates.unreadable} unreadable, ${templates.refused} refused)`,
    `${needs_enrollment} persons must enroll again`,
  ];
}

function personsLine({ persons }: Progress): string {
  return `${persons.done} of ${persons.total} persons`;
}
