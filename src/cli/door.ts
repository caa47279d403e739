import { basename } from 'node:path';
import type { Command } from 'commander';
import { connectDaemon } from './daemon-client.ts';
import { readImage } from './image-file.ts';
import type { Terminal } from './terminal.ts';

/** What the daemon answers about a door and a photo. */
interface Trial {
  readonly decision: 'grant' | 'deny';
  readonly reason?: string;
  readonly explanation: string;
}

/** A decision that no webhook took. */
interface Undelivered {
  readonly seq: number;
  readonly door: string;
  readonly decision: 'grant' | 'deny';
  readonly given_up_at: string;
  readonly attempts: number;
  readonly failure: string;
}

const UNDELIVERED = '/api/v1/webhooks/undelivered';

/** `facegate door test`: what a door of the running daemon would decide of a photo, and why; `undelivered`: which decisions no webhook took. */
export function addDoorCommand(program: Command, terminal: Terminal): void {
  const door = program
    .command('door')
    .description('ask about the doors of the running daemon; needs a token in $FACEGATE_TOKEN')
    .option(
      '--url <url>',
      'address of the daemon (default: $FACEGATE_URL, else where the configuration says)',
    );

  door
    .command('test')
    .description('say what would be decided of the face in a photo now, and why; opens nothing')
    .requiredOption('--door <id>', 'the door')
    .requiredOption('--image <file>', 'the photo')
    .option('--json', 'the answer as JSON')
    .addHelpText(
      'after',
      '\nA photo says nothing of liveness, of further frames and of the cooldown: the answer takes them as good.\n\nExample:\n  facegate door test --door main --image visitor.jpg',
    )
    .action(async (options: { door: string; image: string; json?: boolean }, command: Command) => {
      const client = await connectDaemon(command, terminal);
      const form = new FormData();
      form.set('image_path', new Blob([await readImage(options.image)]), basename(options.image));
      const path = `/api/v1/doors/${encodeURIComponent(options.door)}/test`;
      const trial = (await client('POST', path, form)) as Trial;
      if (options.json) return terminal.print(JSON.stringify(trial));
      const { decision, reason, explanation } = trial;
      terminal.print(decision === 'grant' ? 'grant' : `deny (${reason})`);
      terminal.print(explanation);
      terminal.note(
        'Taken as good, as a photo cannot show it: liveness, further frames, no visit just before.',
      );
    });

  door
    .command('undelivered')
    .description('list the decisions that no webhook took, or forget them')
    .option('--forget <seq>', 'forget this one')
    .option('--forget-all', 'forget all of them')
    .option('--json', 'the answer as JSON')
    .addHelpText(
      'after',
      '\nWho a decision was about is in GET /api/v1/events, under its seq.\n\nExample:\n  facegate door undelivered --forget 1234',
    )
    .action(async (options: { forget?: string; forgetAll?: boolean; json?: boolean }, command: Command) => {
      const client = await connectDaemon(command, terminal);
      if (options.forget !== undefined || options.forgetAll) {
        const path = options.forgetAll
          ? UNDELIVERED
          : `${UNDELIVERED}/${encodeURIComponent(options.forget!)}`;
        const { forgotten } = (await client('DELETE', path)) as { forgotten: number };
        return terminal.print(options.json ? JSON.stringify({ forgotten }) : `forgotten: ${forgotten}`);
      }
      const { undelivered } = (await client('GET', UNDELIVERED)) as { undelivered: Undelivered[] };
      if (options.json) return terminal.print(JSON.stringify(undelivered));
      for (const { seq, door: at, decision, given_up_at, attempts, failure } of undelivered)
        terminal.print(`${seq}  ${given_up_at}  ${at}  ${decision}  ${failure}, posted ${attempts} times`);
      terminal.note(`${undelivered.length} undelivered.`);
    });
}
