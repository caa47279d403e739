import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { StartupError } from '../domain/errors.ts';

/** The ffmpeg that cameras are decoded with. */
export interface Ffmpeg {
  /** Absolute path of the program. */
  readonly file: string;
  readonly version: string;
  /** Whether it knows `-fps_mode`. */
  readonly fpsMode: boolean;
  /** Whether it can be told while it runs to give whole pictures or not. */
  readonly gate: boolean;
  /** Absolute path of setpriv, which makes a child die with its parent; absent where it is not installed. */
  readonly setpriv?: string;
}

// A machine that starts is busy, and an ffmpeg that is not cached takes its time.
const VERSION_DEADLINE_MS = 60_000;
/** libavformat of ffmpeg 5.0, the first whose concat demuxer takes options, and of 5.1, the first with `-fps_mode`; builds from git have no other number. */
const OLDEST_USABLE = { major: 59, minor: 16 };
const FIRST_WITH_FPS_MODE = { major: 59, minor: 27 };

/**
 * Finds ffmpeg: `configured` (the value of $FFMPEG_PATH) if given, else the first on `searchPath` (the value of $PATH),
 * and reads its version. Throws StartupError where there is none, or none that can be used.
 */
export async function locateFfmpeg(options: {
  readonly configured?: string;
  readonly searchPath: string;
}): Promise<Ffmpeg> {
  const file = options.configured
    ? resolve(options.configured)
    : await findProgram('ffmpeg', options.searchPath);
  if (file === undefined) {
    throw new StartupError(
      'ffmpeg was not found on PATH: install it (apt-get install -y ffmpeg), or set FFMPEG_PATH.',
    );
  }
  const text = await answerOf(file, '-version');
  const version = /^ffmpeg version (\S+)/m.exec(text)?.[1];
  const library = /^libavformat\s+(\d+)\.\s*(\d+)/m.exec(text);
  if (version === undefined || library === null) {
    throw new StartupError(`${file} does not answer -version as ffmpeg does: set FFMPEG_PATH to ffmpeg.`);
  }
  const format = { major: Number(library[1]), minor: Number(library[2]) };
  if (!atLeast(format, OLDEST_USABLE)) {
    throw new StartupError(`${file} is ffmpeg ${version}: version 5.0 or later is needed.`);
  }
  const setpriv = await findProgram('setpriv', options.searchPath);
  const found = { file, version, fpsMode: atLeast(format, FIRST_WITH_FPS_MODE), gate: await hasGate(file) };
  return setpriv === undefined ? found : { ...found, setpriv };
}

async function findProgram(name: string, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const file = join(folder, name);
    const runnable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runnable) return file;
  }
  return undefined;
}

/** Whether ffmpeg was built with all that `gateCommand` needs. */
async function hasGate(file: string): Promise<boolean> {
  const [protocols, filters] = [await answerOf(file, '-protocols'), await answerOf(file, '-filters')];
  return /^\s+async$/m.test(protocols) && /^\s*T\S* framestep\s/m.test(filters);
}

async function answerOf(file: string, question: string): Promise<string> {
  try {
    // Without the daemon's environment, as it will run later: what works here works then.
    const options = { timeout: VERSION_DEADLINE_MS, env: {} };
    const { stdout } = await promisify(execFile)(file, [question], options);
    return stdout;
  } catch (cause) {
    throw new StartupError(
      `${file} could not be run: set FFMPEG_PATH to a working ffmpeg, or install one (apt-get install -y ffmpeg).`,
      { cause },
    );
  }
}

function atLeast(a: { major: number; minor: number }, b: { major: number; minor: number }): boolean {
  return a.major > b.major || (a.major === b.major && a.minor >= b.minor);
}
