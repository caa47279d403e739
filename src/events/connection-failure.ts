import { redact } from '../platform/logger.ts';

/** CONNACK codes of MQTT 3.1.1 (below 128) and MQTT 5 that an operator can act on. */
const REFUSALS: Readonly<Record<number, string>> = {
  1: 'The broker does not speak this version of MQTT; change mqtt.protocol.',
  2: 'The broker refused the client id; is another daemon using the name of this node?',
  3: 'The broker is not available.',
  4: 'The broker refused the user name or password; check mqtt.username and mqtt.password.',
  5: 'The broker does not let this client in; check mqtt.username and mqtt.password.',
  132: 'The broker does not speak this version of MQTT; change mqtt.protocol.',
  133: 'The broker refused the client id; is another daemon using the name of this node?',
  134: 'The broker refused the user name or password; check mqtt.username and mqtt.password.',
  135: 'The broker does not let this client in; check mqtt.username and mqtt.password.',
  136: 'The broker is not available.',
  137: 'The broker is busy.',
  142: 'Another client took over the session; is another daemon using the name of this node?',
};

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; is the broker running?',
  ENOTFOUND: 'the host name is not known.',
  EAI_AGAIN: 'the host name cannot be looked up now.',
  ETIMEDOUT: 'it does not answer.',
  EHOSTUNREACH: 'there is no way to the host.',
  ENETUNREACH: 'there is no network.',
};

const TLS = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$)/;

/** Why a connection to the broker at `place` (host:port) failed or ended, in one sentence without secrets; undefined is a plain close. */
export function failureSentence(error: unknown, place: string): string {
  if (!(error instanceof Error)) return `The broker at ${place} closed the connection.`;
  const { code } = error as Error & { code?: unknown };
  if (typeof code === 'number' && REFUSALS[code] !== undefined) return REFUSALS[code];
  if (typeof code === 'string' && NETWORK[code] !== undefined)
    return `The broker at ${place} cannot be reached: ${NETWORK[code]}`;
  if (typeof code === 'string' && TLS.test(code))
    return `The TLS connection to the broker at ${place} is not trusted (${code}); supply its CA in NODE_EXTRA_CA_CERTS.`;
  return `The connection to the broker at ${place} failed: ${redact(error.message)}`;
}
