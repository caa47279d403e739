import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { CustomerPersonId, parse } from '../api/fields.ts';
import { FacegateError } from '../domain/errors.ts';
import { readCsv } from './person-import-csv.ts';

/** A photo to enroll: where it is, and its name as the list or the folder has it. */
export interface PlannedPhoto {
  readonly file: string;
  readonly name: string;
}

/** A person to enroll with all photos, in the order they were found. */
export interface PlannedPerson {
  readonly id: string;
  /** Form fields of the REST call beside the id and the image. */
  readonly fields: Readonly<Record<string, string>>;
  readonly photos: readonly PlannedPhoto[];
}

/** What an import is about to do, and what it will not do. */
export interface ImportPlan {
  readonly persons: readonly PlannedPerson[];
  /** What cannot be imported: a file, or a row of a list. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
  /** Columns that mean nothing here. */
  readonly ignoredColumns: readonly string[];
}

/**
 * The plan of a folder (a sub folder per person, or files named after them), a .csv file or one of JSON lines (.ndjson, .jsonl).
 * Throws `invalid_request` where it cannot be read at all.
 */
export function planImport(path: string): ImportPlan {
  try {
    if (statSync(path).isDirectory()) return planOf(rowsOfFolder(path));
    const text = readFileSync(path, 'utf8');
    const ending = extname(path).toLowerCase();
    if (ending === '.csv') return planOf(rowsOfCsv(text), dirname(path));
    if (ENDINGS_OF_LINES.includes(ending)) return planOf(rowsOfLines(text), dirname(path));
  } catch (cause) {
    if (cause instanceof FacegateError) throw cause;
    throw new FacegateError('invalid_request', `${path} cannot be read: check the name and the rights.`, {
      cause,
    });
  }
  throw new FacegateError(
    'invalid_request',
    `${path} is neither a folder nor a file that ends with .csv, .ndjson or .jsonl.`,
  );
}

const ENDINGS_OF_LINES = ['.ndjson', '.jsonl', '.json'];
const PHOTO_ENDINGS = ['.jpg', '.jpeg', '.png', '.webp'];
const FIELDS = [
  ...['first_name', 'last_name', 'email', 'phone'],
  ...['consent_id', 'consent_purpose', 'consent_expires_at'],
  ...['groups', 'valid_from', 'valid_until', 'deny'],
];
const ID = 'customer_person_id';
const PHOTO_COLUMNS = ['image', 'image_path', 'images'];

/** What a source says of one person, as written. */
interface Row {
  /** Names the place in the source. */
  readonly name: string;
  readonly cells: Readonly<Record<string, unknown>>;
  /** Why it can be no row, where it cannot. */
  readonly flaw?: string;
}

function planOf(rows: Iterable<Row>, root = '.'): ImportPlan {
  const persons = new Map<string, { fields: Record<string, string>; photos: PlannedPhoto[] }>();
  const refused: { name: string; reason: string }[] = [];
  const ignored = new Set<string>();
  for (const { name, cells, flaw } of rows) {
    try {
      if (flaw !== undefined) throw new FacegateError('invalid_request', flaw);
      const id = parse(CustomerPersonId, textOf(cells[ID]), ID);
      const photos = photosOf(cells);
      if (photos.length === 0) throw new FacegateError('invalid_request', 'No photo is named.');
      const person = persons.get(id) ?? { fields: {}, photos: [] };
      persons.set(id, person);
      for (const field of FIELDS) {
        const value = fieldOf(cells[field]);
        if (value !== undefined && value !== '') person.fields[field] = value;
      }
      for (const photo of photos) person.photos.push({ file: resolve(root, photo), name: photo });
    } catch (error) {
      if (!(error instanceof FacegateError)) throw error;
      refused.push({ name, reason: error.message });
    }
    for (const column of Object.keys(cells))
      if (![ID, ...PHOTO_COLUMNS, ...FIELDS].includes(column)) ignored.add(column);
  }
  return {
    persons: [...persons].map(([id, person]) => ({ id, ...person })),
    refused,
    ignoredColumns: [...ignored],
  };
}

/** Several photos in one cell are separated by "|", which no usual file name has. */
function photosOf(cells: Readonly<Record<string, unknown>>): string[] {
  return PHOTO_COLUMNS.flatMap(column => {
    const cell = cells[column];
    const list = Array.isArray(cell) ? cell : (textOf(cell) ?? '').split('|');
    return list.map(each => textOf(each)?.trim() ?? '').filter(each => each !== '');
  });
}

/** A field may be what an export writes: a list of groups, or a denial that is no text. */
function fieldOf(cell: unknown): string | undefined {
  if (Array.isArray(cell)) return cell.map(each => textOf(each) ?? '').join(',');
  return typeof cell === 'boolean' ? String(cell) : textOf(cell);
}

function textOf(cell: unknown): string | undefined {
  if (typeof cell === 'number') return String(cell);
  return typeof cell === 'string' ? cell : undefined;
}

function* rowsOfFolder(folder: string): Generator<Row> {
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    const of = (file: string, id: string): Row => {
      const name = relative('.', file);
      if (PHOTO_ENDINGS.includes(extname(file).toLowerCase()))
        return { name, cells: { [ID]: id, images: [name] } };
      return { name, cells: {}, flaw: `It is no photo: photos end with ${PHOTO_ENDINGS.join(', ')}.` };
    };
    if (!entry.isDirectory()) yield of(path, basename(entry.name, extname(entry.name)));
    else for (const photo of entriesOf(path)) yield of(join(path, photo.name), entry.name);
  }
}

/** In the order of their names; what begins with a dot is there for other programs. */
function entriesOf(folder: string): Dirent[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function rowsOfCsv(text: string): Row[] {
  const rows = readCsv(text);
  const [first] = rows;
  if (first && !(ID in first.cells))
    throw new FacegateError(
      'invalid_request',
      `The CSV file needs a first row that names its columns, one of them ${ID}; it has ${Object.keys(first.cells).join(', ')}.`,
    );
  return rows.map(({ line, cells }) => ({ name: `line ${line}`, cells }));
}

function rowsOfLines(text: string): Row[] {
  return text.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return [];
    const name = `line ${at + 1}`;
    try {
      const cells: unknown = JSON.parse(line);
      if (typeof cells === 'object' && cells !== null) return [{ name, cells: cells as Row['cells'] }];
    } catch {
      // Told below, as for what is JSON and no object.
    }
    return [{ name, cells: {}, flaw: 'It is no JSON object.' }];
  });
}
