import type { MqttConfig } from '../config/schema.ts';
import { StartupError } from '../domain/errors.ts';

const DEFAULT_PORTS = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 } as const;

/** 4 is MQTT 3.1.1. */
export type MqttVersion = 4 | 5;

/** Where and how to reach a broker, taken apart so that nothing in the URL can override a setting. */
export interface BrokerAddress {
  readonly protocol: keyof typeof DEFAULT_PORTS;
  readonly host: string;
  readonly port: number;
  /** Only for WebSockets. */
  readonly path: string;
  /** The versions of MQTT to try, the first one first. */
  readonly versions: readonly MqttVersion[];
  readonly username?: string;
  readonly password?: string;
}

/** The port that "embedded" or "embedded:PORT" asks for; undefined if the broker is elsewhere. */
export function embeddedPort(url: string): number | undefined {
  const match = /^embedded(?::(\d+))?$/.exec(url);
  return match ? Number(match[1] ?? DEFAULT_PORTS.mqtt) : undefined;
}

/** The broker's address; throws StartupError, without the URL in it, if the URL is none. */
export function brokerAddress(config: MqttConfig): BrokerAddress {
  const port = embeddedPort(config.url);
  if (port !== undefined) return { protocol: 'mqtt', host: '127.0.0.1', port, path: '', versions: [4] };

  if (!URL.canParse(config.url))
    throw new StartupError('mqtt.url is not a URL; write mqtt://host:port or mqtts://host:port.');
  const url = new URL(config.url);
  const protocol = url.protocol.slice(0, -1);
  if (!isProtocol(protocol) || url.hostname === '')
    throw new StartupError('mqtt.url names no broker; write mqtt://host:port or mqtts://host:port.');

  const username = config.username ?? decoded(url.username);
  const password = config.password ?? decoded(url.password);
  return {
    protocol,
    host: protocol.startsWith('ws') ? url.hostname : url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? DEFAULT_PORTS[protocol] : Number(url.port),
    path: url.pathname + url.search,
    versions: config.protocol === 'auto' ? [5, 4] : [config.protocol],
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new StartupError(
      'The user name or password in mqtt.url is not percent-encoded; use mqtt.username and mqtt.password.',
    );
  }
}

function isProtocol(text: string): text is BrokerAddress['protocol'] {
  return Object.hasOwn(DEFAULT_PORTS, text);
}
