import { readFile } from 'node:fs/promises';
import { FacegateError } from '../domain/errors.ts';

/** The bytes of an image to send. Throws `invalid_request` where the file cannot be read. */
export async function readImage(file: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (error) {
    throw new FacegateError('invalid_request', `${file} cannot be read: check the name and the rights.`, {
      cause: error,
    });
  }
}
