import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';

/** Everything below a folder as one text of bytes, but for the files named in `without`. */
export function bytesBelow(dir: string, without: readonly string[] = []): string {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !without.includes(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => statSync(path).size > 0)
    .map(path => readFileSync(path).toString('latin1'))
    .join('\n');
}

/** Opens the LMDB files of a closed store as they are, changes one table and closes them. */
export async function tamper(
  dir: string,
  table: string,
  change: (rows: { key: Buffer; value: Buffer }[], db: RawTable) => Promise<void>,
): Promise<void> {
  const env = open({ path: dir, noSubdir: false, maxDbs: 32 });
  const db = env.openDB<Buffer, Buffer>(table, { encoding: 'binary', keyEncoding: 'binary' });
  const rows = [...db.getRange()].map(({ key, value }) => ({
    key: Buffer.from(key),
    value: Buffer.from(value),
  }));
  await change(rows, {
    put: async (key, value) => void (await db.put(key, value)),
    remove: async key => void (await db.remove(key)),
  });
  await env.close();
}

/** A table of a store that is opened by nobody else. */
export interface RawTable {
  put(key: Buffer, value: Buffer): Promise<void>;
  remove(key: Buffer): Promise<void>;
}

/** The bytes with one bit turned, so many bytes before the end. */
export function flipped(bytes: Buffer, fromEnd = 9): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.length - fromEnd]! ^= 1;
  return copy;
}
