import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { offerToKernel } from '../platform/oom.ts';
import { type FfmpegCommand, PIPES } from './ffmpeg-arguments.ts';
import type { Ffmpeg } from './ffmpeg-locator.ts';
import { type PipeReading, readingPipe } from './pipe-reading.ts';

/** A running ffmpeg child. */
export interface FfmpegProcess {
  readonly pid: number;
  /** Small pictures that come alone, and those that come with a full one. */
  readonly light: PipeReading;
  readonly small: PipeReading;
  readonly full: PipeReading;
  readonly stderr: Readable;
  /** Resolves when it has ended and its pipes are empty. */
  readonly closed: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Gives it a line to read while it runs. */
  tell(line: string): void;
  /** Asks it to end and kills it if it does not within the grace; may be called more than once. */
  stop(): void;
}

/** Name of the variable that marks a child as ours, so that a later start can find orphans in /proc/PID/environ. */
export const INSTANCE_VARIABLE = 'FACEGATE_INSTANCE';

/**
 * Starts ffmpeg with the pipes of its command; undefined where it could not be started. It gets only the
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
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) offerToKernel(child.pid, 'camera');
  // Where it could not be started there may be no pipes.
  const outputs = [PIPES.light, PIPES.small, PIPES.full].map(at => child.stdio[at] as Readable);
  const pipes = child.pid === undefined ? [] : outputs.map(readingPipe);
  const started = await new Promise<boolean>(resolve => {
    child.once('spawn', () => resolve(true));
    child.on('error', () => resolve(false));
  });
  const [light, small, full] = pipes;
  if (!started || child.pid === undefined || light === undefined || small === undefined || full === undefined)
    return undefined;
  const list = (child.stdio as readonly unknown[])[PIPES.list] as Writable;

  child.once('exit', () => {
    clearTimeout(killing);
    for (const pipe of pipes) pipe.drain();
  });
  const closed = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(resolve => {
    child.once('close', (code, signal) => {
      void Promise.all(pipes.map(pipe => pipe.closed)).then(() => resolve({ code, signal }));
    });
  });
  // The child may be gone before it has read its list; `closed` reports its end.
  for (const pipe of [child.stdin, child.stderr, list]) pipe.on('error', () => {});
  list.end(command.list ?? '');

  let killing: NodeJS.Timeout | undefined;
  return {
    pid: child.pid,
    light,
    small,
    full,
    stderr: child.stderr,
    closed,
    tell: line => void child.stdin.write(`${line}\n`),
    stop: () => {
      if (killing !== undefined || child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      killing = setTimeout(() => child.kill('SIGKILL'), options.graceMs);
    },
  };
}
