import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServer, type RestServer } from '../../src/api/server.ts';
import { addressOf, noDaemon } from '../../src/cli/daemon-client.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { type CertificateAuthority, makeCertificateAuthority } from '../support/certificates.ts';
import { createRestApp } from '../support/rest-clients/rest-app.ts';

describe('the address of the daemon', () => {
  it.each([
    [{ host: '127.0.0.1', port: 1 }, 'http://127.0.0.1:1'],
    [{ host: '0.0.0.0', port: 1 }, 'http://localhost:1'],
    [{ host: '::', port: 1, cert: 'a.pem' }, 'https://localhost:1'],
    [{ host: '::1', port: 1 }, 'http://[::1]:1'],
    [{ host: 'door.example', port: 1, cert: 'a.pem' }, 'https://door.example:1'],
  ])('follows the settings %j', (http, address) => {
    expect(addressOf(http)).toBe(address);
  });
});

describe('a daemon that cannot be spoken to', () => {
  let authority: CertificateAuthority;
  let server: RestServer;
  beforeAll(async () => {
    authority = makeCertificateAuthority();
    const files = authority.issue('127.0.0.1');
    const tls = { cert: await readFile(files.certificate, 'utf8'), key: await readFile(files.key, 'utf8') };
    const app = await createRestApp();
    server = await openServer({ app, host: '127.0.0.1', port: 0, tls, log: silentLogger });
  });
  afterAll(async () => {
    await server.close();
    await authority.close();
  });
  const told = (base: string) =>
    fetch(`${base}/health/live`).then(
      () => 'answered',
      (error: unknown) => noDaemon(base, error).message,
    );

  it('is told apart from one whose certificate is not trusted', async () => {
    expect(await told(server.url)).toMatch(/^The certificate of https:.*NODE_EXTRA_CA_CERTS/);
    expect(await told('http://127.0.0.1:1')).toMatch(/^No daemon answers at/);
  });
});
