import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A message with the time of its arrival, in milliseconds of `performance.now`. */
export interface Notice {
  readonly at: number;
  /** Assignments such as `READY=1`. */
  readonly lines: readonly string[];
}

/** Where systemd would listen. */
export interface NotifySocket {
  /** What NOTIFY_SOCKET must say. */
  readonly path: string;
  /** What came so far, but for the barriers of systemd-notify. */
  readonly notices: readonly Notice[];
  /** When the last message with this assignment came; undefined where there was none. */
  last(assignment: string): number | undefined;
  close(): Promise<void>;
}

/** Listens in a folder of its own that goes when it is closed. */
export async function openNotifySocket(): Promise<NotifySocket> {
  const folder = await mkdtemp(join(tmpdir(), 'facegate-notify-'));
  const path = join(folder, 'notify');
  const program = join(import.meta.dirname, 'notify-socket.py');
  const child = spawn('python3', [program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const notices: Notice[] = [];
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  lines.on('line', line => {
    const message = JSON.parse(line) as string;
    if (message !== 'BARRIER=1') notices.push({ at: performance.now(), lines: message.trim().split('\n') });
  });
  return {
    path,
    notices,
    last: assignment => notices.findLast(notice => notice.lines.includes(assignment))?.at,
    async close() {
      child.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}
