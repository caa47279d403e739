import { readFile } from 'node:fs/promises';
import { StartupError } from '../domain/errors.ts';

/**
 * The PEM text that a setting holds, or that is in the file it names; undefined where it is not set. Throws StartupError for a file that cannot be
 * read and for a text without a block of this kind.
 */
export async function readPem(
  setting: string,
  kind: 'CERTIFICATE' | 'PRIVATE KEY',
  value: string | undefined,
): Promise<string | undefined> {
  if (value === undefined) return undefined;
  const text = value.includes('-----BEGIN ') ? value : await read(setting, value);
  if (new RegExp(`-----BEGIN [A-Z ]*${kind}-----`).test(text)) return text;
  throw new StartupError(`${setting} holds no "BEGIN ${kind}"; give a PEM file or its text.`);
}

async function read(setting: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new StartupError(`The file that ${setting} names cannot be read (${code}): ${file}.`, { cause });
  }
}
