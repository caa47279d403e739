import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM files of a certificate and its key. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** A CA of its own in a folder that goes when it is closed. */
export interface CertificateAuthority {
  readonly ca: string;
  /** A certificate for this name; for `127.0.0.1` it holds the address. */
  issue(name: string): CertificateFiles;
  close(): Promise<void>;
}

/** Makes a CA with openssl. */
export function makeCertificateAuthority(): CertificateAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'facegate-ca-'));
  chmodSync(folder, 0o755);
  const file = (name: string) => join(folder, name);
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '2',
    '-subj',
    '/CN=test',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );
  return {
    ca: file('ca.pem'),
    issue: name => {
      openssl(
        'req',
        '-new',
        ...newKey,
        '-subj',
        `/CN=${name}`,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
      );
      const kind = /^[\d.]+$/.test(name) ? 'IP' : 'DNS';
      writeFileSync(file(`${name}.ext`), `subjectAltName=${kind}:${name}\n`);
      const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
      openssl(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        ...signing,
        '-extfile',
        `${name}.ext`,
        '-out',
        `${name}.pem`,
      );
      for (const made of [`${name}.key`, `${name}.pem`, 'ca.pem']) chmodSync(file(made), 0o644);
      return { certificate: file(`${name}.pem`), key: file(`${name}.key`) };
    },
    close: async () => rmSync(folder, { recursive: true }),
  };
}
