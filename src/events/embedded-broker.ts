import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';
import { StartupError } from '../domain/errors.ts';
import type { Logger } from '../platform/logger.ts';

/** A broker inside the daemon, for one machine without another broker: MQTT 3.1.1, no passwords, in memory. */
export interface EmbeddedBroker {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1 only; port 0 takes a free one. Throws StartupError if the port is taken. */
export async function openEmbeddedBroker(options: { port: number; log: Logger }): Promise<EmbeddedBroker> {
  const { log } = options;
  const aedes = await Aedes.createBroker();
  aedes.on('clientError', (client, error) =>
    log.debug({ client: client.id, err: error }, 'MQTT client failed.'),
  );
  aedes.on('connectionError', (_client, error) => log.debug({ err: error }, 'MQTT connection failed.'));

  const server = createServer(socket => void aedes.handle(socket));
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, '127.0.0.1', resolve);
    });
  } catch (cause) {
    await new Promise<void>(resolve => aedes.close(resolve));
    throw new StartupError(
      `The embedded broker cannot listen on 127.0.0.1:${options.port}; is another broker using the port? Set mqtt.url to it, or to "embedded:PORT" with a free port.`,
      { cause },
    );
  }

  const { port } = server.address() as AddressInfo;
  log.info({ port }, 'The embedded broker listens on 127.0.0.1 for MQTT 3.1.1.');
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    async close() {
      const closed = new Promise<unknown>(resolve => server.close(resolve));
      await new Promise<void>(resolve => aedes.close(resolve));
      await closed;
    },
  };
}
