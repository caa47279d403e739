import { readFile } from 'node:fs/promises';
import type { CameraConfig, Config } from '../config/schema.ts';
import { CameraSection } from '../config/sections/camera.ts';
import { FacegateError } from '../domain/errors.ts';
import type { Terminal } from './terminal.ts';

/** What a command was told of the camera to look at. */
export interface CameraChoice {
  /** The id of a configured camera, or an address. */
  readonly camera?: string;
  /** A file that holds the address, "-" for standard input. */
  readonly urlFile?: string;
  readonly transport?: 'tcp' | 'udp';
}

/** The camera that was meant: one of the configuration, or a new one at an address. Throws `invalid_request`, never with the address in it. */
export async function chosenCamera(
  { camera, urlFile, transport }: CameraChoice,
  config: Config,
  terminal: Terminal,
): Promise<CameraConfig> {
  if ((camera === undefined) === (urlFile === undefined))
    throw new FacegateError(
      'invalid_request',
      'Give the id or the address of a camera, or --url-file, and not both.',
    );
  const configured = config.cameras.find(({ id }) => id === camera);
  if (configured) return transport ? { ...configured, transport } : configured;
  const url = camera ?? (await addressIn(urlFile!, terminal));
  const parsed = CameraSection.safeParse({ id: 'probe', url, ...(transport && { transport }) });
  if (parsed.success) return parsed.data;
  const known = config.cameras.map(({ id }) => id).join(', ') || 'none';
  throw new FacegateError(
    'invalid_request',
    `This is neither a camera of the configuration (it has ${known}) nor an address: use rtsp://, rtsps://, file:///path or /dev/videoN.`,
  );
}

async function addressIn(file: string, terminal: Terminal): Promise<string> {
  if (file === '-') return (await terminal.readInput()).trim();
  return readFile(file, 'utf8').then(
    text => text.trim(),
    (cause: NodeJS.ErrnoException) => {
      throw new FacegateError(
        'invalid_request',
        `The file of --url-file cannot be read (${cause.code}): ${file}.`,
        {
          cause,
        },
      );
    },
  );
}
