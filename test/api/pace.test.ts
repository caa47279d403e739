import { describe, expect, it } from 'vitest';
import { createRateLimiter, networkOf } from '../../src/api/rate-limiter.ts';
import { call, createRestApp, NOW, TOKENS } from '../support/rest-clients/rest-app.ts';

describe('the pace of requests', () => {
  const limits = { maxUploadBytes: 1024, requestsPerSecond: 3 };
  const paced = async () => {
    let now = NOW;
    const app = await createRestApp({ limits, now: () => now });
    const ask = async (token: string, address: string, path = '/api/v1/status') => {
      const headers = { authorization: token && `Token ${token}` };
      const { status, response, json } = await call(app, 'GET', path, { headers, address });
      return { status, retryAfter: response.headers.get('retry-after'), json };
    };
    return { ask, pass: (ms: number) => (now += ms) };
  };

  it('is bounded for each token, from wherever it comes, and for no other', async () => {
    const { ask, pass } = await paced();
    for (let i = 0; i < 3; i++) expect((await ask(TOKENS.reader, `10.0.0.${i}`)).status).toBe(200);
    expect(await ask(TOKENS.reader, '10.0.0.9')).toMatchObject({
      status: 429,
      retryAfter: '1',
      json: { status: 'fail', code: 'rate_limited' },
    });
    expect((await ask(TOKENS.operator, '10.0.0.0')).status).toBe(200);
    pass(1000);
    expect((await ask(TOKENS.reader, '10.0.0.0')).status).toBe(200);
  });

  it('is bounded for each address without a valid token, which holds no token up that comes from there', async () => {
    const { ask } = await paced();
    const strangers = ['', TOKENS.revoked, '0'.repeat(40), ''];
    const answers = [];
    for (const token of strangers) answers.push((await ask(token, '10.0.0.1')).status);
    expect(answers).toEqual([401, 401, 401, 429]);
    expect((await ask('', '10.0.0.1', '/nowhere')).status).toBe(429);
    expect((await ask('', '10.0.0.2')).status).toBe(401);
    expect((await ask(TOKENS.reader, '10.0.0.1')).status).toBe(200);
  });

  it('is free for the probes of a supervisor', async () => {
    const { ask } = await paced();
    for (let i = 0; i < 10; i++) expect((await ask('', '127.0.0.1', '/health/live')).status).toBe(200);
  });
});

describe('the rate limiter', () => {
  const limiter = (now = () => 0) => createRateLimiter({ windowMs: 60_000, most: 20, now });

  it('tells the whole seconds until the window ends', () => {
    let now = 0;
    const { count } = limiter(() => now);
    for (let i = 0; i < 20; i++) expect(count('a')).toBe(0);
    now = 59_100;
    expect(count('a')).toBe(1);
    now = 60_000;
    expect(count('a')).toBe(0);
  });

  it('locks nobody out for longer because the clock was set back', () => {
    let now = 1_000_000;
    const { count } = limiter(() => now);
    for (let i = 0; i < 21; i++) count('a');
    now = 0;
    expect(count('a')).toBe(0);
  });

  it('forgets the oldest rather than grow', () => {
    const { count } = limiter();
    for (let i = 0; i < 21; i++) count('first');
    expect(count('first')).toBe(60);
    for (let i = 0; i < 4096; i++) count(`${i}`);
    expect(count('first')).toBe(0);
  });
});

describe('the network of an address', () => {
  it('is a whole IPv6 /64, and an IPv4 address', () => {
    expect(networkOf('2001:db8:0:0:ffff::1')).toBe(networkOf('2001:db8::1'));
    expect(networkOf('2001:db8:0:1::1')).not.toBe(networkOf('2001:db8::1'));
    expect(networkOf('::ffff:10.0.0.1')).toBe('::ffff:10.0.0.1');
    expect(networkOf('10.0.0.1')).toBe('10.0.0.1');
  });
});
