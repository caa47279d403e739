import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Mosquitto, openMosquitto } from './brokers.ts';
import { type CertificateFiles, makeCertificateAuthority } from './certificates.ts';

/** What a client of the broker shows and trusts, as PEM text. */
export interface ClientMaterial {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The mosquitto that ships, with a CA of its own. */
export interface ShippedBroker {
  readonly url: string;
  readonly mosquitto: Mosquitto;
  /** The files of a certificate for this user of the access list. */
  filesOf(user: string): CertificateFiles & { readonly ca: string };
  materialOf(user: string): ClientMaterial;
  close(): Promise<void>;
}

const shipped = (name: string) => readFileSync(join(import.meta.dirname, '../../systemd', name), 'utf8');

/**
 * Starts mosquitto with the files that ship, as they are but for places, the port that is free here, and `node` as the name of the node.
 * `more` are lines of the access list for others.
 */
export async function openShippedBroker(node: string, more: readonly string[] = []): Promise<ShippedBroker> {
  const authority = makeCertificateAuthority();
  const broker = authority.issue('127.0.0.1');
  const mosquitto = await openMosquitto({
    whole: ({ port, folder }) => {
      const acl = join(folder, 'facegate.acl');
      const list = shipped('mosquitto-facegate.acl')
        .replaceAll('facegate/door/', `facegate/${node}/`)
        .replaceAll('facegate_door', `facegate_${node}`);
      writeFileSync(acl, [list, ...more, ''].join('\n'));
      const text = shipped('mosquitto-facegate.conf')
        .replace('listener 8883', `listener ${port} 127.0.0.1`)
        .replaceAll('/etc/mosquitto/certs/ca.pem', authority.ca)
        .replaceAll('/etc/mosquitto/certs/broker.pem', broker.certificate)
        .replaceAll('/etc/mosquitto/certs/broker.key', broker.key)
        .replaceAll('/etc/mosquitto/facegate.acl', acl);
      return [`persistence_location ${folder}/`, 'user root', ...text.split('\n')];
    },
  });
  const filesOf = (user: string) => ({ ...authority.issue(user), ca: authority.ca });
  return {
    url: `mqtts://127.0.0.1:${mosquitto.port}`,
    mosquitto,
    filesOf,
    materialOf: user => {
      const { ca, certificate, key } = filesOf(user);
      const [caText, cert, keyText] = [ca, certificate, key].map(file => readFileSync(file, 'utf8'));
      return { ca: caText, cert, key: keyText };
    },
    close: async () => {
      await mosquitto.close();
      await authority.close();
    },
  };
}
