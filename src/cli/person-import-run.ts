import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { FacegateError } from '../domain/errors.ts';
import type { ImportJournal } from './person-import-journal.ts';
import type { PlannedPerson, PlannedPhoto } from './person-import-plan.ts';
import type { PatientSender } from './person-import-sender.ts';

/** What became of a photo. `already` is one that the person had before, `again` one whose bytes came twice for the person. */
export interface PhotoOutcome {
  readonly customer_person_id: string;
  readonly file: string;
  readonly outcome: 'enrolled' | 'already' | 'again' | 'refused';
  /** Why it was refused. */
  readonly code?: string;
  readonly reason?: string;
  readonly warnings?: readonly object[];
}

/** What runs an import. */
export interface ImportRun {
  readonly persons: readonly PlannedPerson[];
  readonly sender: PatientSender;
  readonly journal: ImportJournal;
  /** Persons at once; the photos of one are sent in order. */
  readonly parallel: number;
  /** Refuse a face that belongs to another person. */
  readonly refuseDuplicates: boolean;
  /** Ends the import behind the photos that are under way. */
  readonly signal: AbortSignal;
  readonly onPhoto: (outcome: PhotoOutcome) => void;
  readonly now: () => number;
}

/**
 * Enrolls every photo once, however often it is run and wherever it was killed: each is sent under a name that holds the hash of its bytes,
 * so that the daemon's own list of a person's images tells which are there. Throws what makes going on senseless.
 */
export async function runImport(run: ImportRun): Promise<void> {
  // Whoever has a photo in doubt comes last, so that nobody waits for the doubt to pass.
  const isInDoubt = ({ id, photos }: LoadedPerson) =>
    photos.some(({ hash }) => run.journal.sentAt(keyOf(id, hash)) !== undefined);
  const later: LoadedPerson[] = [];
  const visit = async (person: PlannedPerson): Promise<void> => {
    const loaded = await load(person, run);
    if (isInDoubt(loaded)) later.push(loaded);
    else await enroll(loaded, run);
  };
  await inParallel(run.persons, visit, run);
  await inParallel(later, person => enroll(person, run), run);
}

/** What is left of a request whose sender was killed has ended after this. */
const DOUBT_MS = 20_000;
const MAX_BYTES = 64 * 1024 * 1024;

interface LoadedPhoto extends PlannedPhoto {
  /** 64 hex digits. */
  readonly hash: string;
}

interface LoadedPerson extends PlannedPerson {
  readonly photos: readonly LoadedPhoto[];
}

/** Without the photos that cannot be read, were enrolled by an earlier run, or come twice. */
async function load(person: PlannedPerson, { journal, onPhoto }: ImportRun): Promise<LoadedPerson> {
  const seen = new Set<string>();
  const photos: LoadedPhoto[] = [];
  for (const photo of person.photos) {
    const bytes = await bytesOf(photo).catch((error: FacegateError) => error);
    const about = { customer_person_id: person.id, file: photo.name };
    if (bytes instanceof FacegateError) {
      onPhoto({ ...about, outcome: 'refused', code: bytes.code, reason: bytes.message });
      continue;
    }
    const hash = createHash('sha256').update(bytes).digest('hex');
    const isSecond = seen.has(hash);
    seen.add(hash);
    if (isSecond) onPhoto({ ...about, outcome: 'again' });
    else if (journal.isDone(keyOf(person.id, hash))) onPhoto({ ...about, outcome: 'already' });
    else photos.push({ ...photo, hash });
  }
  return { ...person, photos };
}

async function enroll(person: LoadedPerson, run: ImportRun): Promise<void> {
  const { sender, journal, signal, onPhoto, now } = run;
  if (person.photos.length === 0) return;
  let enrolled = await sender.imagesOf(person.id);
  for (const photo of person.photos) {
    if (signal.aborted) return;
    const key = keyOf(person.id, photo.hash);
    const about = { customer_person_id: person.id, file: photo.name };
    const name = nameOf(photo);
    const has = () => enrolled.some(image => image.startsWith(`enroll/${name.stem}_`));
    for (;;) {
      const sentAt = journal.sentAt(key);
      if (!has() && sentAt !== undefined) {
        await sender.pause(sentAt + DOUBT_MS - now());
        enrolled = await sender.imagesOf(person.id);
      }
      if (has()) {
        journal.done(key);
        // A request that was broken off has enrolled it after all.
        onPhoto({ ...about, outcome: sentAt === undefined ? 'already' : 'enrolled' });
        break;
      }
      const form = await formOf(person, photo, name.stem + name.ending, run);
      journal.begin(key, now());
      const answer = await sender.enroll(form);
      if (answer === 'in doubt') continue;
      if (answer.ok) {
        journal.done(key);
        const { warnings } = answer;
        onPhoto({ ...about, outcome: 'enrolled', ...(warnings && { warnings }) });
      } else {
        journal.refused(key);
        if (answer.isFinal) throw new FacegateError('invalid_request', answer.reason);
        onPhoto({ ...about, outcome: 'refused', code: answer.code, reason: answer.reason });
      }
      break;
    }
  }
}

function keyOf(id: string, hash: string): string {
  return createHash('sha256').update(`${hash} ${id}`).digest('hex').slice(0, 32);
}

/** The daemon keeps letters, digits, ".", "_" and "-" of a name, 64 at most, and adds "_" and seven letters of its own. */
function nameOf({ name, hash }: LoadedPhoto): { stem: string; ending: string } {
  const ending = extname(name);
  const base = name.split(/[/\\]/).at(-1)!;
  const safe = base.slice(0, base.length - ending.length).replace(/[^A-Za-z0-9-]/g, '');
  return { stem: `${safe.slice(0, 24)}-${hash.slice(0, 32)}`, ending };
}

async function formOf(
  { id, fields }: LoadedPerson,
  photo: LoadedPhoto,
  name: string,
  { refuseDuplicates }: ImportRun,
): Promise<FormData> {
  const form = new FormData();
  form.set('customer_person_id', id);
  for (const [field, value] of Object.entries(fields)) form.set(field, value);
  if (refuseDuplicates) form.set('check_duplicates', 'true');
  form.set('image_path', new Blob([new Uint8Array(await readFile(photo.file))]), name);
  return form;
}

async function bytesOf({ file }: PlannedPhoto): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size <= MAX_BYTES) return await readFile(file);
  } catch (cause) {
    throw new FacegateError('invalid_request', 'The file cannot be read: check the name and the rights.', {
      cause,
    });
  }
  throw new FacegateError('too_large', `The file is larger than ${MAX_BYTES} bytes.`);
}

/** Runs the task for each item, `parallel` at once; the first failure stops the others behind what they are at. */
async function inParallel<T>(
  items: readonly T[],
  task: (item: T) => Promise<void>,
  { parallel, signal }: ImportRun,
): Promise<void> {
  const rest = items.values();
  let failed = false;
  const work = async (): Promise<void> => {
    for (const item of rest) {
      if (failed || signal.aborted) return;
      try {
        await task(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: parallel }, work));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
