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

/** `facegate door test`: what a door of the running daemon would decide of a photo, and why. */
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
}
