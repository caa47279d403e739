import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/config/paths.ts';
import { SERVICE_MEMORY, SERVICE_NODE_OPTIONS } from './service-memory.ts';

/** How a daemon of its own is set up; everything it keeps is in `folder`. */
export interface DaemonSettings {
  readonly folder: string;
  /** YAML lines of everything but `stateDir`. */
  readonly config: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** `facegate serve` as a process. */
export interface DaemonProcess {
  /** Address of its REST server. */
  readonly url: string;
  readonly process: ChildProcess;
  /** What it has logged so far, one JSON line per entry. */
  log(): string;
  /** Exit code, null where a signal ended it. */
  readonly exited: Promise<number | null>;
  /** SIGTERM, then waits; the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, then waits. */
  kill(): Promise<void>;
}

const MAIN = join(packageRoot(), 'dist', 'src', 'main.js');
const READY_DEADLINE_MS = 60_000;

/** Writes the configuration into the folder and returns the file's name. */
export async function writeConfig({ folder, config }: DaemonSettings): Promise<string> {
  const file = join(folder, 'facegate.yaml');
  await writeFile(file, `${[`stateDir: ${join(folder, 'state')}`, ...config].join('\n')}\n`);
  return file;
}

/** Runs `facegate ...` to its end. */
export async function facegate(
  settings: DaemonSettings,
  args: readonly string[],
  input = '',
): Promise<{ code: number; stdout: string; stderr: string }> {
  const config = await writeConfig(settings);
  const run = promisify(execFile)(process.execPath, [MAIN, '--config', config, ...args], {
    env: { ...process.env, ...settings.env },
    timeout: READY_DEADLINE_MS,
  });
  run.child.stdin?.end(input);
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

/** Makes a token of the customer and returns it. */
export async function createToken(
  settings: DaemonSettings,
  customer: string,
  role = 'admin',
): Promise<string> {
  const { code, stdout, stderr } = await facegate(settings, [
    'token',
    'create',
    '--customer',
    customer,
    '--role',
    role,
  ]);
  if (code !== 0) throw new Error(`facegate token create: ${stderr}`);
  return stdout.trim();
}

/** Starts the daemon, with memory as the service has it, and waits until it is ready. */
export async function startDaemon(settings: DaemonSettings): Promise<DaemonProcess> {
  const config = await writeConfig(settings);
  const child = spawn(process.execPath, [...SERVICE_NODE_OPTIONS, MAIN, '--config', config, 'serve'], {
    env: { ...SERVICE_MEMORY, ...process.env, ...settings.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (log += String(chunk)));
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const deadline = Date.now() + READY_DEADLINE_MS;
  let url: string | undefined;
  while (url === undefined) {
    url = /"url":"([^"]+)"[^\n]*"msg":"Ready\."/.exec(log)?.[1];
    const ended = await Promise.race([exited.then(code => ({ code })), sleep(20)]);
    if (ended) throw new Error(`The daemon ended with code ${ended.code}:\n${log}`);
    if (Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`The daemon was not ready in time:\n${log}`);
    }
  }
  return {
    url,
    process: child,
    log: () => log,
    exited,
    stop() {
      child.kill('SIGTERM');
      return exited;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
