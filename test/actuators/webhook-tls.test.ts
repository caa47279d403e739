import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { post } from '../../src/actuators/webhook-post.ts';
import { type CertificateAuthority, makeCertificateAuthority } from '../support/certificates.ts';

let authority: CertificateAuthority;
let requests = 0;
let port: number;
let server: ReturnType<typeof createServer>;

beforeAll(async () => {
  authority = makeCertificateAuthority();
  const { certificate, key } = authority.issue('127.0.0.1');
  server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (_request, response) => {
    requests++;
    response.end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  await new Promise(resolve => server.close(resolve));
  await authority.close();
});

const postWith = (ca?: string) =>
  post({
    url: `https://127.0.0.1:${port}/hook?token=hush`,
    secret: '0123456789abcdef0123456789abcdef',
    ca,
    body: '{}',
    timeoutMs: 5000,
    now: Date.now(),
    signal: new AbortController().signal,
  });

it('a webhook sends nothing to a server whose certificate nobody vouches for, and says why without its address', async () => {
  const outcome = await postWith();
  expect(outcome).toMatchObject({ delivered: false, again: true });
  expect(JSON.stringify(outcome)).toMatch(/CERT|SIGNATURE|ISSUER/);
  expect(JSON.stringify(outcome)).not.toContain('hush');
  expect(requests).toBe(0);
});

it('a webhook trusts a CA of your own, and then no other', async () => {
  const stranger = makeCertificateAuthority();
  try {
    expect(await postWith(readFileSync(stranger.ca, 'utf8'))).toMatchObject({ delivered: false });
  } finally {
    await stranger.close();
  }
  expect(requests).toBe(0);
  expect(await postWith(readFileSync(authority.ca, 'utf8'))).toEqual({ delivered: true });
  expect(requests).toBe(1);
});
