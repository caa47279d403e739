import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync, type OnMessageCallback } from 'mqtt';
import { type Mosquitto, type MosquittoOptions, openMosquitto } from './brokers.ts';
import { createToken, type DaemonProcess, type DaemonSettings, startDaemon } from './daemon-process.ts';

/** A broker and a daemon of its own that tells it: what a story of the whole daemon begins with. */
export interface DaemonStage {
  readonly broker: Mosquitto;
  /** These three are there from the first start on; the token is of an admin of the customer `acme`. */
  readonly settings: DaemonSettings;
  readonly daemon: DaemonProcess;
  readonly token: string;
  /** Starts the daemon with these lines of YAML beside those for REST and the broker; the next time it is as before. */
  start(setup?: Pick<DaemonSettings, 'config' | 'env'>): Promise<void>;
  /** Hears what the broker is told of these topics, from now on. */
  hear(topics: string | string[], onMessage: OnMessageCallback): Promise<void>;
  /** Calls the daemon with the token; a body that is no form goes as JSON. */
  call(method: string, path: string, body?: object): Promise<Response>;
  /** Waits for what `find` finds; throws with the daemon's log where that is nothing, or false, for too long. */
  until<T>(what: string, find: () => Sought<T> | Promise<Sought<T>>): Promise<T>;
  /** Keeps something that is closed with the stage, after the daemon and before the broker. */
  use<T extends { close(): Promise<unknown> }>(resource: T): T;
  close(): Promise<void>;
}

type Sought<T> = T | false | undefined;

const DEADLINE_MS = 60_000;

/** An empty stage: nothing but a broker. */
export async function openDaemonStage(options: MosquittoOptions = {}): Promise<DaemonStage> {
  const folder = await mkdtemp(join(tmpdir(), 'facegate-stage-'));
  const broker = await openMosquitto(options);
  const resources: { close(): Promise<unknown> }[] = [];
  let running: { settings: DaemonSettings; daemon: DaemonProcess; token: string } | undefined;

  const parts = () => {
    if (running === undefined) throw new Error('The daemon of the stage was not started.');
    return running;
  };
  const use = <T extends { close(): Promise<unknown> }>(resource: T): T => {
    resources.push(resource);
    return resource;
  };

  return {
    broker,
    get settings() {
      return parts().settings;
    },
    get daemon() {
      return parts().daemon;
    },
    get token() {
      return parts().token;
    },
    async start(setup) {
      const lines = ['http: { port: 0 }', `mqtt: { url: "${broker.url}" }`];
      const settings = setup ? { ...setup, folder, config: [...lines, ...setup.config] } : parts().settings;
      const token = running?.token ?? (await createToken(settings, 'acme'));
      running = { settings, token, daemon: await startDaemon(settings) };
    },
    async hear(topics, onMessage) {
      const client = await connectAsync(broker.url, { protocolVersion: 5 });
      use({ close: () => client.endAsync() });
      client.on('message', onMessage);
      await client.subscribeAsync(topics, { qos: 1 });
    },
    call(method, path, body) {
      const { daemon, token } = parts();
      const isForm = body === undefined || body instanceof FormData;
      return fetch(`${daemon.url}${path}`, {
        method,
        headers: {
          authorization: `Token ${token}`,
          ...(!isForm && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: isForm ? (body as FormData) : JSON.stringify(body) }),
      });
    },
    async until(what, find) {
      for (const deadline = Date.now() + DEADLINE_MS; ; await sleep(50)) {
        const found = await find();
        if (found !== undefined && found !== false) return found;
        if (Date.now() > deadline) throw new Error(`${what} did not happen; log:\n${running?.daemon.log()}`);
      }
    },
    use,
    async close() {
      await running?.daemon.kill();
      for (const resource of resources.reverse()) await resource.close();
      await broker.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
