import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const START_DEADLINE_MS = 20_000;

/** A real mosquitto on a loopback port; kill and start it as a power cut would. */
export interface Mosquitto {
  readonly url: string;
  readonly port: number;
  /** Where it keeps what it saves. */
  readonly folder: string;
  start(): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
  close(): Promise<void>;
}

/** How a test broker differs from the barest one: open to all, in memory. */
export interface MosquittoOptions {
  /** Keeps sessions and messages on disk after every change, as a broker before a door should. */
  readonly durable?: boolean;
  /** The only user who is let in. */
  readonly login?: { readonly username: string; readonly password: string };
  /** Lines of an access list, such as `topic read #`. */
  readonly access?: readonly string[];
  /** PEM files of a certificate and its key; the listener then speaks TLS only, with `ca` to nobody without a certificate of that CA. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly ca?: string };
  /** All lines of mosquitto.conf, in place of those that the other options give. */
  readonly whole?: (place: { port: number; folder: string }) => readonly string[];
}

/** Starts mosquitto on a free loopback port, in a folder of its own that goes when it is closed. */
export async function openMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const folder = await mkdtemp(join(tmpdir(), 'facegate-mosquitto-'));
  const port = await freePort();
  const file = join(folder, 'mosquitto.conf');
  await writeFile(file, `${(await configLines(options, folder, port)).join('\n')}\n`);
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    child = spawn('mosquitto', ['-c', file], { stdio: 'ignore' });
    await listening(port);
  }

  async function kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (child === undefined) return;
    const ended = new Promise(resolve => child?.once('exit', resolve));
    child.kill(signal);
    child = undefined;
    await ended;
  }

  await start();
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    folder,
    start,
    kill,
    async close() {
      await kill('SIGTERM');
      await rm(folder, { recursive: true });
    },
  };
}

async function configLines(
  options: MosquittoOptions,
  folder: string,
  port: number,
): Promise<readonly string[]> {
  if (options.whole) return options.whole({ port, folder });
  const lines = [`listener ${port} 127.0.0.1`, `persistence ${options.durable === true}`];
  if (options.tls) lines.push(`certfile ${options.tls.certificate}`, `keyfile ${options.tls.key}`);
  if (options.tls?.ca) lines.push(`cafile ${options.tls.ca}`, 'require_certificate true');
  // Started by root, mosquitto would become a user who may not write here.
  if (options.durable)
    lines.push(
      `persistence_location ${folder}/`,
      'autosave_interval 1',
      'autosave_on_changes true',
      'user root',
    );
  if (options.login) {
    const passwords = join(folder, 'passwords');
    await run('mosquitto_passwd', ['-c', '-b', passwords, options.login.username, options.login.password]);
    await chmod(folder, 0o755);
    await chmod(passwords, 0o644);
    lines.push(`password_file ${passwords}`);
  } else lines.push('allow_anonymous true');
  if (options.access) {
    const access = join(folder, 'access');
    await writeFile(access, `${options.access.join('\n')}\n`);
    await chmod(folder, 0o755);
    lines.push(`acl_file ${access}`);
  }
  return lines;
}

/** A TCP relay before a broker whose connections can be cut or frozen. */
export interface Relay {
  readonly port: number;
  /** Destroys every connection without a farewell. */
  cut(): void;
  /** Keeps the connections open and passes nothing on, in either direction, until `thaw`. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

/** Listens on a free loopback port and passes everything on to `target`. */
export async function openRelay(target: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  let frozen = false;
  const server = createServer(inner => {
    const outer = connectSocket(target, '127.0.0.1');
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from);
      from.on('data', data => to.write(data));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      if (frozen) from.pause();
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as { port: number }).port,
    cut,
    freeze() {
      frozen = true;
      for (const socket of sockets) socket.pause();
    },
    thaw() {
      frozen = false;
      for (const socket of sockets) socket.resume();
    },
    async close() {
      cut();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** A loopback port that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return port;
}

async function listening(port: number): Promise<void> {
  for (const deadline = performance.now() + START_DEADLINE_MS; performance.now() < deadline; ) {
    const open = await new Promise<boolean>(resolve => {
      const socket = connectSocket(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await sleep(25);
  }
  throw new Error(`Nothing listens on port ${port}; is mosquitto installed?`);
}
