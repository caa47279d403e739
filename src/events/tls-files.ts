import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { MqttConfig } from '../config/schema.ts';
import { StartupError } from '../domain/errors.ts';
import { readPem } from '../platform/pem.ts';

/** What TLS to the broker is made with, as PEM text; empty where the system's CAs will do. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Reads what `mqtt.ca`, `mqtt.cert` and `mqtt.key` name or hold. Throws StartupError for what is missing, is no PEM, or does not belong together. */
export async function readTlsMaterial(config: Pick<MqttConfig, 'ca' | 'cert' | 'key'>): Promise<TlsMaterial> {
  const [ca, cert, key] = await Promise.all([
    readPem('mqtt.ca', 'CERTIFICATE', config.ca),
    readPem('mqtt.cert', 'CERTIFICATE', config.cert),
    readPem('mqtt.key', 'PRIVATE KEY', config.key),
  ]);
  const material = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  try {
    // A certificate that is none would only be left out.
    for (const certificate of [ca, cert]) if (certificate !== undefined) new X509Certificate(certificate);
    createSecureContext(material);
  } catch (cause) {
    throw new StartupError(sentenceFor((cause as NodeJS.ErrnoException).code ?? ''), { cause });
  }
  return material;
}

function sentenceFor(code: string): string {
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH')
    return 'mqtt.key is not the private key of mqtt.cert; give a pair that belongs together.';
  if (/PASSWORD|BAD_DECRYPT|INTERRUPTED/.test(code))
    return 'mqtt.key needs a passphrase; give a key without one, as a credential.';
  return `mqtt.ca, mqtt.cert or mqtt.key cannot be used (${code}); give PEM files that openssl can read.`;
}
