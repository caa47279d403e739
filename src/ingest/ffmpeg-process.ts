import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { FfmpegCommand } from './ffmpeg-arguments.ts';
import type { Ffmpeg } from './ffmpeg-locator.ts';
import { type PipeReading, readingPipe } from './pipe-reading.ts';

/** A running ffmpeg child. */
export interface FfmpegProcess {
  readonly pid: number;
  readonly small: PipeReading;
  readonly full: PipeReading;
  readonly stderr: Readable;
  /** Resolves when it has ended and its pipes are empty. */
  readonly closed: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Asks it to end and kills it if it does not within the grace; may be called more than once. */
  stop(): void;
}

/** Name of the variable that marks a child as ours, so that a later start can find orphans in /proc/PID/environ. */
export const INSTANCE_VARIABLE = 'FACEGATE_INSTANCE';

/**
 * Starts ffmpeg with `pipe:1` and `pipe:3` to read from; undefined where it could not be started. It gets only the
 * environment named here: it parses what strangers send, so the daemon's secrets are none of its business. Call it on
 * the main thread only: setpriv's death signal follows the thread that started the child.
 */
export async function startFfmpeg(
  ffmpeg: Ffmpeg,
  command: FfmpegCommand,
  options: { readonly instance: string; readonly graceMs: number },
): Promise<FfmpegProcess | undefined> {
  const wrapper = ffmpeg.setpriv === undefined ? [] : [ffmpeg.setpriv, '--pdeathsig', 'KILL', '--'];
  const [file, ...args] = [...wrapper, ffmpeg.file, ...command.args];
  const child = spawn(file!, args, {
    cwd: '/',
    env: { LC_ALL: 'C', AV_LOG_FORCE_NOCOLOR: '1', [INSTANCE_VARIABLE]: options.instance },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  // Where it could not be started there may be no pipes.
  const pipes = child.pid === undefined ? [] : [child.stdout, child.stdio[3] as Readable].map(readingPipe);
  const started = await new Promise<boolean>(resolve => {
    child.once('spawn', () => resolve(true));
    child.on('error', () => resolve(false));
  });
  const [small, full] = pipes;
  if (!started || child.pid === undefined || small === undefined || full === undefined) return undefined;

  child.once('exit', () => {
    clearTimeout(killing);
    small.drain();
    full.drain();
  });
  const closed = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(resolve => {
    child.once('close', (code, signal) => {
      void Promise.all([small.closed, full.closed]).then(() => resolve({ code, signal }));
    });
  });
  // The child may be gone before it has read its list; `closed` reports its end.
  for (const pipe of [child.stdin, child.stderr]) pipe.on('error', () => {});
  child.stdin.end(command.stdin ?? '');

  let killing: NodeJS.Timeout | undefined;
  return {
    pid: child.pid,
    small,
    full,
    stderr: child.stderr,
    closed,
    stop: () => {
      if (killing !== undefined || child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      killing = setTimeout(() => child.kill('SIGKILL'), options.graceMs);
    },
  };
}
