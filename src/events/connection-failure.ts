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
/** OpenSSL's names of what the broker says of our certificate. */
const OWN_CERTIFICATE =
  /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_\w+|UNSUPPORTED_CERTIFICATE|HANDSHAKE_FAILURE)/;

/** Whether the broker said that it does not speak this version of MQTT. */
export function isVersionRefusal(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 1 || code === 132;
}

/** Why a connection to the broker at `place` (host:port) failed or ended, in one sentence without secrets; undefined is a plain close. */
export function failureSentence(error: unknown, place: string): string {
  if (!(error instanceof Error)) return `The broker at ${place} closed the connection.`;
  const { code } = error as Error & { code?: unknown };
  if (typeof code === 'number' && REFUSALS[code] !== undefined) return REFUSALS[code];
  if (typeof code === 'string' && NETWORK[code] !== undefined)
    return `The broker at ${place} cannot be reached: ${NETWORK[code]}`;
  if (typeof code === 'string' && TLS.test(code)) return tlsSentence(code, place);
  return `The connection to the broker at ${place} failed: ${redact(error.message)}`;
}

function tlsSentence(code: string, place: string): string {
  if (OWN_CERTIFICATE.test(code))
    return `The broker at ${place} does not accept the certificate of this daemon (${code}); check mqtt.cert and mqtt.key.`;
  if (code === 'CERT_HAS_EXPIRED')
    return `The certificate of the broker at ${place} has expired (${code}); renew it, or set the clock of this machine.`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `The certificate of the broker at ${place} is for another host name (${code}); use a name that it holds in mqtt.url.`;
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO')
    return `The broker at ${place} does not speak TLS there (${code}); check the port in mqtt.url.`;
  return `The TLS connection to the broker at ${place} is not trusted (${code}); supply its CA in mqtt.ca.`;
}
