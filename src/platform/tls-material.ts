import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { StartupError } from '../domain/errors.ts';
import { readPem } from './pem.ts';

/** What TLS is made with, as PEM text; empty where the system's CAs will do. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Reads what the settings `ca`, `cert` and `key` of a section name or hold. Throws StartupError for what is missing, is no PEM, or does not
 * belong together.
 */
export async function readTlsMaterial(
  section: 'mqtt' | 'http',
  config: { readonly [K in keyof TlsMaterial]: TlsMaterial[K] | undefined },
): Promise<TlsMaterial> {
  const [ca, cert, key] = await Promise.all([
    readPem(`${section}.ca`, 'CERTIFICATE', config.ca),
    readPem(`${section}.cert`, 'CERTIFICATE', config.cert),
    readPem(`${section}.key`, 'PRIVATE KEY', config.key),
  ]);
  const material = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  try {
    // A certificate that is none would only be left out.
    for (const certificate of [ca, cert]) if (certificate !== undefined) new X509Certificate(certificate);
    createSecureContext(material);
  } catch (cause) {
    throw new StartupError(sentenceFor(section, (cause as NodeJS.ErrnoException).code ?? ''), { cause });
  }
  return material;
}

function sentenceFor(section: string, code: string): string {
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH')
    return `${section}.key is not the private key of ${section}.cert; give a pair that belongs together.`;
  if (/PASSWORD|BAD_DECRYPT|INTERRUPTED/.test(code))
    return `${section}.key needs a passphrase; give a key without one, as a credential.`;
  const settings =
    section === 'mqtt' ? 'mqtt.ca, mqtt.cert or mqtt.key' : `${section}.cert or ${section}.key`;
  return `${settings} cannot be used (${code}); give PEM files that openssl can read.`;
}
