import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Contents, Known } from './store-contents.ts';

/** What the reader child says of a store; without any of these the process crashed. */
export interface Look {
  readonly contents?: Contents;
  readonly writing?: Contents;
  readonly afterwards?: Contents;
  readonly refused?: string;
  readonly exitCode?: number;
  readonly crashed?: string;
  readonly fatal?: string;
}

/** Opens stores in a process of its own, which may crash. */
export interface StoreReader {
  look(dir: string, known: Known): Promise<Look>;
  close(): void;
}

/** A reader over the program `command`, which ends with the file of the reader child. */
export function createStoreReader(command: readonly [string, ...string[]]): StoreReader {
  let child: ChildProcess | undefined;
  let lines: AsyncIterator<string> | undefined;

  const start = () => {
    const [file, ...rest] = command;
    child = spawn(file, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    return { stdin: child.stdin!, lines };
  };

  return {
    look: async (dir, known) => {
      const running = child && lines && child.exitCode === null ? { stdin: child.stdin!, lines } : start();
      running.stdin.write(`${JSON.stringify({ dir, known })}\n`);
      const { value, done } = await running.lines.next();
      if (!done) return JSON.parse(value) as Look;
      const ended = child!;
      if (ended.exitCode === null && ended.signalCode === null) await once(ended, 'exit');
      child = undefined;
      return { crashed: `ended with ${ended.signalCode ?? ended.exitCode}` };
    },
    close: () => void child?.stdin?.end(),
  };
}
