import { CsvError, parse } from 'csv-parse/sync';
import { FacegateError } from '../domain/errors.ts';

/** A row of a CSV file: its line, and its cells by the name of the column. */
export interface CsvRow {
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

/**
 * The rows of a CSV text (RFC 4180) whose first row names the columns; cells are separated by whichever of comma, semicolon and tab the first
 * row has most of. Throws `invalid_request` with the line where it is malformed.
 */
export function readCsv(text: string): CsvRow[] {
  try {
    const rows = parse<{ record: Record<string, string>; info: { lines: number } }>(text, {
      bom: true,
      columns: names => names.map((name: string) => name.trim().toLowerCase()),
      delimiter: delimiterOf(text),
      info: true,
      skip_empty_lines: true,
      trim: true,
    });
    return rows.map(({ record, info }) => ({ line: info.lines, cells: record }));
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new FacegateError('invalid_request', `The CSV file cannot be read: ${cause.message}.`, { cause });
  }
}

/** What Excel writes depends on the country it is in. */
function delimiterOf(text: string): string {
  const [head] = text.split(/\r?\n/, 1);
  const count = (mark: string) => head.split(mark).length;
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}
