import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/schema.ts';
import { StartupError } from '../../src/domain/errors.ts';
import { readTlsMaterial } from '../../src/platform/tls-material.ts';
import { openMosquitto } from '../support/brokers.ts';
import { makeCertificateAuthority } from '../support/certificates.ts';
import { use } from '../support/closing.ts';
import { temporaryFolder } from '../support/temporary-store.ts';
import { testOutbox, testPublisher, unstamped, until } from './publishing.ts';

const ours = makeCertificateAuthority();
const theirs = makeCertificateAuthority();
afterAll(() => Promise.all([ours.close(), theirs.close()]));
const server = ours.issue('127.0.0.1');
const daemon = ours.issue('facegate');
const stranger = theirs.issue('facegate');

async function tell(url: string, changes: Partial<Config['mqtt']>) {
  const outbox = testOutbox();
  await outbox.add(unstamped(1));
  const publisher = use(await testPublisher(outbox, { url: url.replace('mqtt:', 'mqtts:'), ...changes }));
  await until(() => outbox.count() === 0 || publisher.status().lastError !== undefined);
  return { ...publisher.status(), delivered: outbox.count() === 0 };
}

describe('the publisher over TLS', () => {
  it('trusts the CA that it is given, and no other', async () => {
    const { url } = use(await openMosquitto({ tls: server }));
    expect(await tell(url, { ca: ours.ca })).toMatchObject({ delivered: true });
    for (const changes of [{}, { ca: theirs.ca }])
      expect(await tell(url, changes)).toMatchObject({
        delivered: false,
        connected: false,
        lastError: expect.stringMatching(/TLS.*not trusted.*mqtt\.ca/),
      });
  });

  it('says so where the certificate is for another host, or TLS is not spoken there', async () => {
    const elsewhere = use(await openMosquitto({ tls: ours.issue('door.example') }));
    expect((await tell(elsewhere.url, { ca: ours.ca })).lastError).toMatch(/for another host name/);
    const plain = use(await openMosquitto());
    const { delivered, lastError } = await tell(plain.url, { ca: ours.ca });
    expect({ delivered, told: lastError !== undefined }).toEqual({ delivered: false, told: true });
  });

  it.each([5, 4] as const)(
    'shows its own certificate to a broker that wants one, with MQTT %i',
    async protocol => {
      const { url } = use(await openMosquitto({ tls: { ...server, ca: ours.ca } }));
      const { ca } = ours;
      const shown = { ca, protocol, cert: daemon.certificate, key: daemon.key };
      expect(await tell(url, shown)).toMatchObject({ delivered: true });
      for (const changes of [
        { ca, protocol },
        { ca, protocol, cert: stranger.certificate, key: stranger.key },
      ])
        expect((await tell(url, changes)).lastError).toMatch(
          /does not accept the certificate of this daemon/,
        );
    },
  );
});

describe('the certificates of the configuration', () => {
  const folder = temporaryFolder();
  afterAll(() => rmSync(folder, { recursive: true }));
  const refusal = (config: Partial<Config['mqtt']>) =>
    readTlsMaterial('mqtt', config).then(
      () => 'none',
      (error: unknown) => (error instanceof StartupError ? error.message : `not a StartupError: ${error}`),
    );

  it('may be the text itself, as a credential gives it', async () => {
    const { ca } = await readTlsMaterial('mqtt', { ca: ours.ca });
    expect(ca).toContain('BEGIN CERTIFICATE');
    expect(await readTlsMaterial('mqtt', { ca: ca! })).toEqual({ ca });
    expect(await readTlsMaterial('mqtt', {})).toEqual({});
  });

  it('are refused at the start in one sentence that tells nothing of the key', async () => {
    const other = join(folder, 'other.pem');
    writeFileSync(other, 'hunter2');
    const cases: [Partial<Config['mqtt']>, RegExp][] = [
      [{ ca: join(folder, 'missing.pem') }, /mqtt\.ca names cannot be read \(ENOENT\)/],
      [{ ca: other }, /mqtt\.ca holds no "BEGIN CERTIFICATE"/],
      [{ cert: daemon.certificate, key: daemon.certificate }, /mqtt\.key holds no "BEGIN PRIVATE KEY"/],
      [{ cert: daemon.certificate, key: server.key }, /not the private key of mqtt\.cert/],
      [{ ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' }, /cannot be used/],
    ];
    for (const [config, sentence] of cases) {
      const told = await refusal(config);
      expect(told).toMatch(sentence);
      expect(told).not.toContain('hunter2');
    }
  });
});
