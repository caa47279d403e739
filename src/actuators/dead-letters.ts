import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../platform/logger.ts';

/** A decision that no webhook took; without the person, who stands in the history of events under `seq` for as long as they are enrolled. */
export interface DeadLetter {
  /** ISO 8601. */
  readonly given_up_at: string;
  readonly door: string;
  readonly event_id: string;
  readonly seq: number;
  readonly decision: string;
  /** How often it was posted. */
  readonly attempts: number;
  /** What went wrong the last time, or why it was not tried again. */
  readonly failure: string;
}

/** The newest dead letters, kept in a file that the operator can read. */
export interface DeadLetters {
  /** Keeps one more; resolves once it is on the disk, or that was tried: never rejects. */
  add(letter: DeadLetter): Promise<void>;
  /** Oldest first. */
  list(): readonly DeadLetter[];
}

const MOST = 200;
const NAME = 'webhook-undelivered.ndjson';

/** The dead letters of `dir`, one JSON object per line; lines that cannot be read are left out. */
export async function openDeadLetters({ dir, log }: { dir: string; log: Logger }): Promise<DeadLetters> {
  const file = join(dir, NAME);
  let letters = (await linesOf(file)).flatMap(parsed).slice(-MOST);
  let writing = Promise.resolve();
  let isQueued = false;

  const write = async (): Promise<void> => {
    isQueued = false;
    try {
      await replace(file, letters.map(letter => `${JSON.stringify(letter)}\n`).join(''));
    } catch (error) {
      log.error({ err: error }, `${NAME} could not be written.`);
    }
  };

  return {
    add(letter) {
      letters = [...letters, letter].slice(-MOST);
      // A write that has not begun takes this one along.
      if (!isQueued) writing = writing.then(write);
      isQueued = true;
      return writing;
    },
    list: () => letters,
  };
}

async function linesOf(file: string): Promise<string[]> {
  try {
    return (await readFile(file, 'utf8')).split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function parsed(line: string): DeadLetter[] {
  try {
    const letter = JSON.parse(line) as DeadLetter | null;
    return typeof letter?.event_id === 'string' ? [letter] : [];
  } catch {
    return [];
  }
}

/** Whole or not at all, for its owner alone. */
async function replace(file: string, text: string): Promise<void> {
  const handle = await open(`${file}.unfinished`, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.unfinished`, file);
}
