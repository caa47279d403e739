import { connect, type MqttClient } from 'mqtt';
import type { MqttConfig } from '../config/schema.ts';
import { readTlsMaterial } from '../platform/tls-material.ts';
import { brokerAddress, type MqttVersion } from './broker-address.ts';
import { clientOptions } from './client-options.ts';
import { failureSentence, isVersionRefusal } from './connection-failure.ts';

/** What a short visit at the broker has shown. */
export interface BrokerTrial {
  /** host:port */
  readonly place: string;
  readonly version?: MqttVersion;
  readonly tls: boolean;
  /** Whether the daemon may write its topics; `unknown` over MQTT 3.1.1, which says nothing of a message that was dropped. */
  readonly mayWrite?: 'yes' | 'no' | 'unknown';
  /** Why there was no connection, in one sentence. */
  readonly failure?: string;
}

const NOT_AUTHORIZED = 135;
const DEADLINE_MS = 8000;

/**
 * Connects as the daemon does, beside a daemon that may be connected, and sends one message, which is not kept, to `<baseTopic>/<node>/doctor`.
 * Throws StartupError if `config.url` is no address or the certificates cannot be used.
 */
export async function tryBroker(options: { config: MqttConfig; node: string }): Promise<BrokerTrial> {
  const { config, node } = options;
  const address = brokerAddress(config);
  const place = `${address.host}:${address.port}`;
  const tls = address.protocol === 'mqtts' || address.protocol === 'wss';
  // No last will: the node is not offline because a doctor left.
  const { will: _will, ...shared } = clientOptions({
    address,
    tls: await readTlsMaterial('mqtt', config),
    clientId: `facegate-${node}-doctor-${process.pid}`,
    statusTopic: '',
  });
  for (const version of address.versions) {
    const client = connect({ ...shared, protocolVersion: version });
    try {
      const error = await outcomeOf(client);
      if (error === undefined) {
        const mayWrite = await tryToWrite(client, `${config.baseTopic}/${node}/doctor`, version);
        return { place, version, tls, mayWrite };
      }
      if (isVersionRefusal(error) && version !== address.versions.at(-1)) continue;
      return { place, tls, failure: failureSentence(error, place) };
    } finally {
      client.end(true);
      client.stream.destroy();
    }
  }
  throw new Error('A broker has at least one version to try.');
}

/** Undefined where it is connected, else why not. */
function outcomeOf(client: MqttClient): Promise<unknown> {
  return new Promise(resolve => {
    const timer = setTimeout(
      () => resolve(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
      DEADLINE_MS,
    );
    const end = (error: unknown) => {
      clearTimeout(timer);
      resolve(error);
    };
    client.on('connect', () => end(undefined));
    // Never removed: an 'error' without a listener ends the process.
    client.on('error', end);
    client.on('close', () => end(new Error('it closed the connection')));
  });
}

async function tryToWrite(
  client: MqttClient,
  topic: string,
  version: MqttVersion,
): Promise<NonNullable<BrokerTrial['mayWrite']>> {
  const sent = client.publishAsync(topic, 'check', { qos: 1 }).then(
    () => (version === 5 ? ('yes' as const) : ('unknown' as const)),
    (error: { code?: unknown }) => (error.code === NOT_AUTHORIZED ? ('no' as const) : ('unknown' as const)),
  );
  const late = new Promise<'unknown'>(resolve => setTimeout(() => resolve('unknown'), DEADLINE_MS).unref());
  return Promise.race([sent, late]);
}
