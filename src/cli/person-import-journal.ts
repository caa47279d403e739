import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import { FacegateError } from '../domain/errors.ts';

/** Remembers which photos of an import were enrolled; what was written stays when the process is killed. */
export interface ImportJournal {
  isDone(photo: string): boolean;
  /** When the photo was last sent without an answer that was written down, in milliseconds since the epoch. */
  sentAt(photo: string): number | undefined;
  /** Before the photo is sent. */
  begin(photo: string, at: number): void;
  done(photo: string): void;
  /** The photo was not enrolled; it may be sent again. */
  refused(photo: string): void;
  close(): void;
}

/** Where photos are enrolled: a journal of one place tells nothing about another. */
export interface ImportTarget {
  readonly daemon: string;
  readonly customer: string;
}

/** Opens (or makes, for its owner alone) the journal in `file`. Throws `invalid_request` for a journal of another target, or a file that is none. */
export function openImportJournal(file: string, target: ImportTarget): ImportJournal {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const entries = text.split('\n').flatMap(entryOf);
  const head = entries.find(({ journal }) => journal !== undefined);
  // A kill may have cut the very first line off as well.
  if (!text.startsWith(MARK) && !MARK.startsWith(text))
    throw new FacegateError('invalid_request', `${file} is no journal of an import; name another --journal.`);
  if (head && (head.daemon !== target.daemon || head.customer !== target.customer))
    throw new FacegateError(
      'invalid_request',
      `${file} belongs to an import to ${head.daemon} for customer ${head.customer}; name another --journal.`,
    );
  const done = new Set<string>();
  const sent = new Map<string, number>();
  for (const entry of entries) {
    if (entry.done !== undefined) done.add(entry.done);
    if (entry.begin !== undefined) sent.set(entry.begin, entry.at ?? 0);
    const ended = entry.done ?? entry.refused;
    if (ended !== undefined) sent.delete(ended);
  }

  const handle = openSync(file, 'a', 0o600);
  const write = (entry: Entry) => writeSync(handle, `${JSON.stringify(entry)}\n`);
  // A kill may have cut the last line off.
  if (text !== '' && !text.endsWith('\n')) writeSync(handle, '\n');
  if (!head) write({ journal: VERSION, ...target });

  return {
    isDone: photo => done.has(photo),
    sentAt: photo => sent.get(photo),
    begin: (photo, at) => {
      sent.set(photo, at);
      write({ begin: photo, at });
    },
    done: photo => {
      done.add(photo);
      sent.delete(photo);
      write({ done: photo });
    },
    refused: photo => {
      sent.delete(photo);
      write({ refused: photo });
    },
    close: () => closeSync(handle),
  };
}

const VERSION = 1;
const MARK = `{"journal":${VERSION},`;

interface Entry {
  readonly journal?: number;
  readonly daemon?: string;
  readonly customer?: string;
  readonly begin?: string;
  readonly at?: number;
  readonly done?: string;
  readonly refused?: string;
}

/** A line that was cut off tells nothing. */
function entryOf(line: string): Entry[] {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? [entry as Entry] : [];
  } catch {
    return [];
  }
}
