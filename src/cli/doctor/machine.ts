import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { loadCatalog, selectModels } from '../../config/catalog.ts';
import { catalogFile, modelsDir, packageRoot } from '../../config/paths.ts';
import type { Config } from '../../config/schema.ts';
import { verifyModels } from '../../engine/models/verify.ts';
import { missingAbilities } from '../../ingest/ffmpeg-abilities.ts';
import { type Ffmpeg, locateFfmpeg } from '../../ingest/ffmpeg-locator.ts';
import { diskSpace, reserveOf } from '../../store/disk/disk-space.ts';
import { probeWrites } from '../../store/disk/write-probe.ts';
import type { Terminal } from '../terminal.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const MEBIBYTE = 1024 * 1024;
/** Below this much above the reserve somebody should make room. */
const COMFORT_BYTES = 512 * MEBIBYTE;
/** Clocks of file systems and of this program may differ by so much. */
const CLOCK_TOLERANCE_MS = 60_000;

/** Whether this Node can run the program: version against `engines` of package.json, and a processor for which libraries are built. */
export function checkNode(version: string = process.versions.node, arch: string = process.arch): Finding {
  const { engines } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    engines: { node: string };
  };
  const oldest = engines.node.replace('>=', '');
  const facts = { version, arch };
  const [have, need] = [version, oldest].map(text => text.split('.').map(Number));
  const isOld = have![0]! < need![0]! || (have![0] === need![0] && have![1]! < need![1]!);
  if (isOld)
    return fail(
      'node',
      `Node ${version} is too old: install Node ${oldest} or newer, or the Debian package, which brings its own.`,
      { facts },
    );
  if (arch !== 'x64' && arch !== 'arm64')
    return fail(
      'node',
      `There are no libraries for a processor of the kind ${arch}: use an x64 or arm64 machine.`,
      { facts },
    );
  return ok('node', `Node ${version}, ${arch}.`, { facts });
}

/** The ffmpeg that cameras would be decoded with, and what it lacks. */
export async function checkFfmpeg({ env }: Terminal): Promise<{ finding: Finding; ffmpeg?: Ffmpeg }> {
  try {
    const ffmpeg = await locateFfmpeg({
      searchPath: env.PATH ?? '',
      ...(env.FFMPEG_PATH && { configured: env.FFMPEG_PATH }),
    });
    const { file, version, setpriv } = ffmpeg;
    const missing = await missingAbilities(ffmpeg);
    const facts = { file, version, missing };
    if (missing.length > 0)
      return {
        finding: fail(
          'ffmpeg',
          `${file} was built without ${missing.join(', ')}: install that of the distribution (apt-get install -y ffmpeg).`,
          { facts },
        ),
      };
    if (setpriv === undefined)
      return {
        ffmpeg,
        finding: warn(
          'ffmpeg',
          'setpriv is not on PATH, so decoders may outlive a daemon that is killed: install util-linux.',
          { facts },
        ),
      };
    return { ffmpeg, finding: ok('ffmpeg', `${version} at ${file}, with all that cameras need.`, { facts }) };
  } catch (error) {
    return { finding: fail('ffmpeg', (error as Error).message) };
  }
}

/** Whether the models that the configuration names are there and unchanged. */
export async function checkModels(config: Config, { env }: Terminal): Promise<Finding> {
  try {
    const liveness = config.cameras.some(camera => camera.liveness !== 'off');
    const models = selectModels(await loadCatalog(catalogFile(config)), config.models, { liveness });
    const entries = Object.values(models);
    await verifyModels({ entries, dir: modelsDir(config, env) });
    return ok('models', `${entries.map(({ id }) => id).join(', ')}: installed and unchanged.`);
  } catch (error) {
    return fail('models', (error as Error).message);
  }
}

/** Room on the disk of the store, and whether it takes writes. */
export function checkDisk(dir: string): Finding {
  const at = nearest(dir);
  try {
    const space = diskSpace(at);
    const facts = { folder: at, free_mib: mebibytes(space.free), reserve_mib: mebibytes(reserveOf(space)) };
    const spare = space.free - reserveOf(space);
    if (spare < 0)
      return fail(
        'disk',
        `Only ${facts.free_mib} MiB are free for ${dir} and ${facts.reserve_mib} MiB are kept in reserve, so nobody can be enrolled: free some space.`,
        { facts },
      );
    if (at === dir) probeWrites(join(dir, 'doctor'));
    if (spare < COMFORT_BYTES)
      return warn(
        'disk',
        `Only ${mebibytes(spare)} MiB are left above the reserve for ${dir}: free some space.`,
        { facts },
      );
    return ok('disk', `${facts.free_mib} MiB are free for ${dir}.`, { facts });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    return fail(
      'disk',
      `The disk of ${dir} does not take writes (${code}): mount it for writing, and run this as the user of the daemon or as root.`,
    );
  }
}

/** Whether the clock is plausible, which grants expire by, and kept by NTP. */
export async function checkClock(dir: string, now: number = Date.now()): Promise<Finding> {
  const stamps = [join(packageRoot(), 'package.json'), join(dir, 'data.mdb')].filter(file =>
    existsSync(file),
  );
  const newest = Math.max(...stamps.map(file => statSync(file).mtimeMs));
  const facts = { now: new Date(now).toISOString(), newest_stamp: new Date(newest).toISOString() };
  if (now < newest - CLOCK_TOLERANCE_MS)
    return fail(
      'clock',
      `The clock says ${facts.now}, before the last change of the store or of the program (${facts.newest_stamp}): set it, and let NTP keep it.`,
      { facts },
    );
  const answer = await promisify(execFile)('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], {
    timeout: 3000,
  }).then(
    ({ stdout }) => stdout.trim(),
    () => 'unknown',
  );
  if (answer === 'no')
    return warn(
      'clock',
      `${facts.now}, but no time server keeps it: switch NTP on (timedatectl set-ntp true), for door controllers compare the time.`,
      { facts },
    );
  const kept = answer === 'yes' ? 'kept by NTP' : 'whether NTP keeps it cannot be told here';
  return ok('clock', `${facts.now}, ${kept}.`, { facts: { ...facts, ntp: answer } });
}

function nearest(dir: string): string {
  return existsSync(dir) ? dir : nearest(dirname(dir));
}

const mebibytes = (bytes: number): number => Math.floor(bytes / MEBIBYTE);
