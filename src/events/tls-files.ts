import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { MqttConfig } from '../config/schema.ts';
import { StartupError } from '../domain/errors.ts';

/** What TLS to the broker is made with, as PEM text; empty where the system's CAs will do. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Reads what `mqtt.ca`, `mqtt.cert` and `mqtt.key` name or hold. Throws StartupError for what is missing, is no PEM, or does not belong together. */
export async function readTlsMaterial(config: Pick<MqttConfig, 'ca' | 'cert' | 'key'>): Promise<TlsMaterial> {
  const [ca, cert, key] = await Promise.all([
    pemOf('ca', 'CERTIFICATE', config.ca),
    pemOf('cert', 'CERTIFICATE', config.cert),
    pemOf('key', 'PRIVATE KEY', config.key),
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

async function pemOf(name: string, kind: string, value: string | undefined): Promise<string | undefined> {
  if (value === undefined) return undefined;
  const text = value.includes('-----BEGIN ') ? value : await read(name, value);
  if (new RegExp(`-----BEGIN [A-Z ]*${kind}-----`).test(text)) return text;
  throw new StartupError(`mqtt.${name} holds no "BEGIN ${kind}"; give a PEM file or its text.`);
}

async function read(name: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new StartupError(`The file that mqtt.${name} names cannot be read (${code}): ${file}.`, { cause });
  }
}

function sentenceFor(code: string): string {
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH')
    return 'mqtt.key is not the private key of mqtt.cert; give a pair that belongs together.';
  if (/PASSWORD|BAD_DECRYPT|INTERRUPTED/.test(code))
    return 'mqtt.key needs a passphrase; give a key without one, as a credential.';
  return `mqtt.ca, mqtt.cert or mqtt.key cannot be used (${code}); give PEM files that openssl can read.`;
}
