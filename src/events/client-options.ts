import { writeToStream } from 'mqtt-packet';
import type { TlsMaterial } from '../platform/tls-material.ts';
import type { BrokerAddress } from './broker-address.ts';

const KEEPALIVE_SECONDS = 15;
const CONNECT_TIMEOUT_MS = 5000;

// By default a buffer of each number of 16 bits: 66,000 objects that every full collection goes through.
writeToStream.cacheNumbers = false;

/** What an MQTT client is made with: no queue of its own, no reconnecting by itself, no TLS without trust. */
export function clientOptions(parts: {
  address: BrokerAddress;
  tls: TlsMaterial;
  clientId: string;
  /** Where the broker says `offline` for a connection that broke. */
  statusTopic: string;
}) {
  const { versions: _versions, ...address } = parts.address;
  return {
    ...address,
    ...parts.tls,
    hostname: address.host,
    clientId: parts.clientId,
    clean: true,
    keepalive: KEEPALIVE_SECONDS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: 0,
    queueQoSZero: false,
    rejectUnauthorized: true,
    will: { topic: parts.statusTopic, payload: Buffer.from('offline'), qos: 1 as const, retain: true },
  };
}
