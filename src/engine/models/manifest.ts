import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CatalogEntry } from '../../config/catalog.ts';

/** What was prepared, written beside each prepared model. */
export interface Manifest {
  readonly id: string;
  readonly version: number;
  /** SHA-256 of the author's file and of the prepared one. */
  readonly sourceSha256: string;
  readonly preparedSha256: string;
  /** SHA-256 of the catalog entry that it was prepared by: another entry, another graph. */
  readonly entrySha256: string;
}

/** Path of the prepared model. */
export function modelFile(dir: string, entry: CatalogEntry): string {
  return join(dir, `${entry.id}.onnx`);
}

/** Path of its manifest. */
export function manifestFile(dir: string, entry: CatalogEntry): string {
  return join(dir, `${entry.id}.json`);
}

/** The manifest beside a prepared model; undefined if there is none that can be read. */
export async function readManifest(dir: string, entry: CatalogEntry): Promise<Manifest | undefined> {
  try {
    return JSON.parse(await readFile(manifestFile(dir, entry), 'utf8')) as Manifest;
  } catch {
    return undefined;
  }
}
