import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiEnv } from '../../src/api/environment.ts';
import { openServer, type RestServer } from '../../src/api/server.ts';
import { renewCertificate } from '../../src/daemon/certificate.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { startLoop } from '../../src/platform/resources.ts';
import { type CertificateAuthority, makeCertificateAuthority } from '../support/certificates.ts';

describe('a certificate that is renewed in its files', () => {
  const logged: string[] = [];
  const log = createLogger({ level: 'info', write: line => void logged.push(line) });
  const told = (text: string) => logged.filter(line => line.includes(text)).length;
  let authority: CertificateAuthority;
  let folder: string;
  let http: { cert: string; key: string };
  let server: RestServer;
  let renewal: { close(): Promise<void> };

  const put = async (name: string, { onlyCertificate = false } = {}) => {
    const { certificate, key } = authority.issue(name);
    await copyFile(certificate, http.cert);
    if (!onlyCertificate) await copyFile(key, http.key);
  };
  /** The name in the certificate that a new connection is shown. */
  const shown = () =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      }).on('error', reject);
    });

  beforeAll(async () => {
    authority = makeCertificateAuthority();
    folder = await mkdtemp(join(tmpdir(), 'facegate-certificate-'));
    http = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
    await put('first.test');
    server = await openServer({
      app: new Hono<ApiEnv>(),
      host: '127.0.0.1',
      port: 0,
      tls: { cert: await readFile(http.cert, 'utf8'), key: await readFile(http.key, 'utf8') },
      log,
    });
    renewal = startLoop(signal => renewCertificate({ http, server, log, everyMs: 20 }, signal));
  });
  afterAll(async () => {
    await renewal.close();
    await server.close();
    await authority.close();
    await rm(folder, { recursive: true });
  });

  it('is shown to whoever connects from then on', async () => {
    expect(await shown()).toBe('first.test');
    await put('second.test');
    await expect.poll(shown).toBe('second.test');
    expect(told('renewed certificate is in use')).toBe(1);
  });

  it('waits for its key, and is complained of once', async () => {
    await put('third.test', { onlyCertificate: true });
    await expect.poll(() => told('not the private key')).toBe(1);
    expect(await shown()).toBe('second.test');
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(told('not the private key')).toBe(1);
    await put('third.test');
    await expect.poll(shown).toBe('third.test');
  });

  it('is none where the file is gone or holds something else', async () => {
    await rm(http.cert);
    await expect.poll(() => told('cannot be read')).toBe(1);
    expect(await shown()).toBe('third.test');
  });

  it('is not looked for where there is none', async () => {
    const without = { cert: undefined, key: undefined };
    await renewCertificate({ http: without, server, log }, new AbortController().signal);
  });
});
