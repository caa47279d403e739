import { setTimeout as sleep } from 'node:timers/promises';
import { type DaemonProcess, type DaemonSettings, startDaemon } from '../test/support/daemon-process.ts';

/** A daemon that is started again whenever it ends, as systemd does. */
export interface SupervisedDaemon {
  /** The one that runs now, or that ran last. */
  current(): DaemonProcess;
  /** Exit codes of those that ended, null where a signal did it. */
  readonly ends: readonly (number | null)[];
  /** Resolves when another one than `before` is ready. */
  after(before: DaemonProcess): Promise<void>;
  /** What the daemon answers with, once one is there to answer. */
  call(method: string, path: string, token: string, body?: unknown): Promise<Response>;
  close(): Promise<void>;
}

const RESTART_MS = 1000;
const PATIENCE_MS = 180_000;

/** Starts the daemon and keeps one running. */
export async function superviseDaemon(settings: DaemonSettings): Promise<SupervisedDaemon> {
  let daemon = await startDaemon(settings);
  let isClosing = false;
  const ends: (number | null)[] = [];

  const keepRunning = async (): Promise<void> => {
    for (;;) {
      ends.push(await daemon.exited);
      while (!isClosing) {
        await sleep(RESTART_MS);
        try {
          daemon = await startDaemon(settings);
          break;
        } catch (error) {
          console.error(`The daemon did not start: ${(error as Error).message.split('\n').at(-2)}`);
        }
      }
      if (isClosing) return;
    }
  };
  const running = keepRunning();

  const patiently = async <T>(what: string, attempt: () => Promise<T | undefined>): Promise<T> => {
    for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(100)) {
      const result = await attempt().catch(() => undefined);
      if (result !== undefined) return result;
      if (performance.now() > deadline) throw new Error(`In vain for ${what}; log:\n${daemon.log()}`);
    }
  };

  return {
    current: () => daemon,
    ends,
    after: before =>
      patiently('a new daemon', async () => (daemon === before ? undefined : true)).then(() => {}),
    call: (method, path, token, body) =>
      patiently(`${method} ${path}`, () =>
        fetch(`${daemon.url}${path}`, {
          method,
          headers: { authorization: `Token ${token}`, 'content-type': 'application/json' },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(5000),
        }),
      ),
    async close() {
      isClosing = true;
      await daemon.stop();
      await running;
    },
  };
}
