#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import type { Terminal } from './cli/terminal.ts';
import { packageRoot } from './config/paths.ts';
import { FacegateError, StartupError } from './domain/errors.ts';
import { keepHeapSmall } from './platform/heap.ts';

const stop = new AbortController();
let stopSignals = 0;
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const) {
  process.on(signal, () => {
    // The second signal means that waiting for a clean end is no longer wanted.
    if (++stopSignals > 1) endForSure(128 + number);
    stop.abort();
  });
}

const terminal: Terminal = {
  env: process.env,
  print: line => void process.stdout.write(`${line}\n`),
  note: line => void process.stderr.write(`${line}\n`),
  ...(process.stderr.isTTY && {
    redraw: (line: string) => void process.stderr.write(`\r\x1b[K${line}`),
  }),
  async readInput() {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  },
  stopped: stop.signal,
  die: endForSure,
};

for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    terminal.note(
      `facegate: internal error, stopping: ${error instanceof Error ? error.stack : String(error)}`,
    );
    endForSure(70);
  });
}

const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
  version: string;
};
keepHeapSmall();
try {
  // Loaded now, as the heap keeps for good what it grew to while modules were loaded.
  const { createProgram } = await import('./cli/program.ts');
  await createProgram(terminal, version).parseAsync(process.argv);
} catch (error) {
  process.exitCode = exitCode(error);
}

function exitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof StartupError || error instanceof FacegateError) {
    terminal.note(`facegate: ${error.message}`);
    return error instanceof StartupError ? error.exitCode : 1;
  }
  terminal.note(`facegate: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 1;
}

/** Ends the process now. After a failed commit `process.exit` may wait for lmdb's thread for ever, so somebody outside kills it then. */
function endForSure(exitCode: number): never {
  // Only while this process is still the shell's parent: its number may be another's by then.
  const killer = `sleep 2; read -r _ _ _ parent _ < /proc/$$/stat; [ "$parent" = ${process.pid} ] && kill -KILL ${process.pid}`;
  spawn('sh', ['-c', killer], { stdio: 'ignore', detached: true }).unref();
  process.exit(exitCode);
}
