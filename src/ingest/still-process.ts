import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { offerToKernel } from '../platform/oom.ts';
import { readingPipe } from './pipe-reading.ts';
import type { StillOptions } from './still.ts';
import { messageReader, messageStart } from './still-wire.ts';
import { fenceTime, type TimeLimits } from './time-fence.ts';

/** A child that decodes one image at a time. */
export interface StillProcess {
  readonly pid: number | undefined;
  /** Whether it has ever been able to decode. */
  readonly isReady: boolean;
  /** What it answers, which is to be believed no more than the image itself; 'late' where it was killed because its time was over, undefined where it ended before. */
  run(image: Uint8Array, options: StillOptions, limits: TimeLimits): Promise<Answer | 'late' | undefined>;
  /** Resolves with what ended it. */
  readonly ended: Promise<string>;
  kill(): void;
}

/** Head and body of an answer. */
export interface Answer {
  readonly head: unknown;
  /** Over shared memory. */
  readonly body: Uint8Array;
}

const MAX_HEAD = 4096;
/** No file, no core dump, and no more memory than asked for: RLIMIT_DATA counts what is writable and private, so V8's reserved addresses cost nothing. */
const LIMITED = 'ulimit -c 0 && ulimit -f 0 && ulimit -d "$1" && shift && exec "$@"';
const LEAN = ['--jitless', '--max-old-space-size=64', '--max-semi-space-size=1', '--expose-gc'];

/** Starts the program with an empty environment: it parses what strangers send, so the daemon's secrets are none of its business. Answers longer than `maxBody` end it. */
export function startStillProcess(options: {
  readonly program: URL;
  readonly memoryBytes: number;
  readonly maxBody: number;
  /** Memory for the body of an answer, shared. */
  readonly allocate: (bytes: number) => Uint8Array;
}): StillProcess {
  const { program, memoryBytes, maxBody } = options;
  const node = [process.execPath, ...LEAN, fileURLToPath(program)];
  const child = spawn('/bin/sh', ['-c', LIMITED, 'sh', `${Math.ceil(memoryBytes / 1024)}`, ...node], {
    cwd: '/',
    env: { LC_ALL: 'C', MALLOC_ARENA_MAX: '2' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  if (child.pid !== undefined) offerToKernel(child.pid, 'uploads');
  let told: ((answer: Answer | 'late' | undefined) => void) | undefined;
  const tell = (answer: Answer | 'late' | undefined) => {
    const waiting = told;
    told = undefined;
    waiting?.(answer);
  };
  const kill = () => void child.kill('SIGKILL');
  // Where it could not be started there may be no pipes.
  const pipe = child.pid === undefined ? undefined : readingPipe(child.stdout);
  child.stdin?.on('error', () => {});

  let isReady = false;
  const ready = new Promise<void>(resolve => {
    const receive = messageReader({
      maxHead: MAX_HEAD,
      maxBody,
      allocate: bytes => {
        if (bytes > 0 && told === undefined) throw new RangeError('nobody asked for this');
        return options.allocate(bytes);
      },
      onMessage: (head, body) => {
        if (isReady) return tell({ head, body });
        isReady = true;
        resolve();
      },
    });
    pipe?.read(bytes => {
      try {
        receive(bytes);
      } catch {
        kill();
      }
    });
  });
  const ended = new Promise<string>(resolve => {
    child.on('error', error => resolve(`it cannot be started (${error.message})`));
    child.on('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  void ended.then(() => {
    pipe?.drain();
    tell(undefined);
  });

  return {
    pid: child.pid,
    get isReady() {
      return isReady;
    },
    ended,
    kill,
    run: async (image, request, limits) => {
      await Promise.race([ready, ended]);
      if (!isReady || child.exitCode !== null || child.signalCode !== null) return undefined;
      const answer = new Promise<Answer | 'late' | undefined>(resolve => {
        told = resolve;
      });
      const lift = fenceTime(child.pid!, limits, () => {
        kill();
        tell('late');
      });
      child.stdin.write(messageStart(request, image.length));
      child.stdin.write(image);
      return answer.finally(lift);
    },
  };
}
