import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { enroll } from '../../scripts/demo/enroll.ts';
import { createToken, startDaemon } from '../../test/support/daemon-process.ts';
import { personPhoto } from '../clips.ts';
import { childrenOf, cpuTimes } from '../processes.ts';

/** What a request was answered, and how long that took in milliseconds; status 0 where the connection broke. */
export interface Answer {
  readonly status: number;
  readonly ms: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The daemon under attack, with one person enrolled. */
export interface Target {
  readonly port: number;
  readonly token: string;
  send(
    method: string,
    path: string,
    options?: {
      body?: Buffer;
      type?: string;
      token?: string;
      agent?: Agent;
      from?: string;
      headers?: Record<string, string>;
    },
  ): Promise<Answer>;
  /** Sends an image to be matched. */
  match(image: Buffer): Promise<Answer>;
  /** Sends a photo of the person; the answer's text. */
  known(): Promise<string>;
  /** Most resident memory so far of the daemon and of the process that decodes images now, in MB. */
  peakMb(): { daemon: number; decoder: number };
  /** What the daemon and its children have computed so far, in milliseconds; a child that ended takes its own away. */
  computedMs(): number;
  /** The longest block of the daemon's event loop since then (milliseconds since the epoch), in milliseconds of its own computing; 0 where none was above 10. */
  longestBlockMs(since: number): Promise<number>;
  cameras(): Promise<readonly { phase: string }[]>;
  log(): string;
  close(): Promise<void>;
}

const PROBE = fileURLToPath(new URL('./loop-probe.js', import.meta.url));

/** Starts the daemon as users run it, but for a pace that does not hold the attacks up. */
export async function openTarget(cameras: readonly string[] = []): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'facegate-http-'));
  const probeFile = join(folder, 'loop');
  const settings = {
    folder,
    config: [
      'node: bench',
      'http: { port: 0, requestsPerSecond: 1000000 }',
      'mqtt: { url: "embedded:0" }',
      'cameras:',
      ...cameras.map((camera, at) => `  - { id: cam-${at + 1}, customer: bench, ${camera} }`),
      ...(cameras.length === 0 ? ['  []'] : []),
    ],
    env: { NODE_OPTIONS: `--import=${PROBE}`, LOOP_PROBE_FILE: probeFile },
  };
  const token = await createToken({ ...settings, env: {} }, 'bench');
  const daemon = await startDaemon(settings);
  const photo = await personPhoto();
  await enroll({ url: daemon.url, token, id: 'bench-1', firstName: 'Bench', photo });
  const port = Number(new URL(daemon.url).port);
  const usual = new Agent({ keepAlive: true });

  const send: Target['send'] = (method, path, options = {}) => {
    const { body, type, agent = usual, from, headers } = options;
    const began = performance.now();
    return new Promise(resolve => {
      const broken = () => {
        // The server may have ended a kept connection while this process was busy; that is no fault of the request.
        if (call.reusedSocket) resolve(send(method, path, { ...options, agent: new Agent() }));
        else resolve({ status: 0, ms: performance.now() - began, headers: {}, text: '' });
      };
      const call = request(
        {
          ...{ method, path, port, agent, host: '127.0.0.1' },
          ...(from !== undefined && { localAddress: from }),
          headers: {
            authorization: `Token ${options.token ?? token}`,
            ...(body && {
              'content-length': body.length,
              'content-type': type ?? 'application/octet-stream',
            }),
            ...headers,
          },
        },
        answer => {
          let text = '';
          answer.setEncoding('utf8').on('data', part => (text += part));
          answer.on('error', broken);
          answer.on('end', () =>
            resolve({
              status: answer.statusCode!,
              ms: performance.now() - began,
              headers: answer.headers,
              text,
            }),
          );
        },
      );
      call.on('error', broken);
      call.setTimeout(60_000, () => call.destroy());
      call.end(body);
    });
  };
  const match = (image: Buffer) =>
    send('POST', '/miicloud/match_faces', {
      body: formOf(image),
      type: `multipart/form-data; boundary=${BOUNDARY}`,
    });
  const known = await readFile(photo);

  return {
    port,
    token,
    send,
    match,
    known: async () => (await match(known)).text,
    peakMb: () => {
      const pid = daemon.process.pid!;
      const children = childrenOf(pid).map(peakOf);
      return { daemon: peakOf(pid), decoder: Math.max(0, ...children) };
    },
    computedMs: () => {
      const { process: own, children } = cpuTimes(daemon.process.pid!);
      return own + children;
    },
    longestBlockMs: async since => {
      const lines = (await readFile(probeFile, 'utf8').catch(() => '')).split('\n').filter(Boolean);
      const blocks = lines.map(line => JSON.parse(line) as { at: number; ms: number });
      return Math.max(0, ...blocks.filter(({ at }) => at >= since).map(({ ms }) => Math.round(ms)));
    },
    cameras: async () => JSON.parse((await send('GET', '/api/v1/cameras')).text).cameras,
    log: daemon.log,
    close: async () => {
      usual.destroy();
      await daemon.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const BOUNDARY = 'image-boundary';

function formOf(image: Buffer): Buffer {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="image_path"; filename="a.jpg"\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), image, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
}

function peakOf(pid: number): number {
  try {
    const kib = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return (Number(kib ?? 0) * 1024) / 1e6;
  } catch {
    return 0;
  }
}
