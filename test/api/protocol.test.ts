import { describe, expect, it } from 'vitest';
import { accepts } from '../../src/api/accept.ts';
import { FacegateError } from '../../src/domain/errors.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { call, createRestApp, TOKENS } from '../support/rest-clients/rest-app.ts';

describe('paths and methods', () => {
  it('answers 404 for a path that does not exist, with or without a token', async () => {
    for (const path of [
      '/',
      '/miicloud',
      '/miicloud/person/a/b',
      '/miicloud/match_faces/x',
      '/api/v1/cameras/door/liveXmjpg',
      '/nothing',
    ])
      for (const headers of [{}, { authorization: '' }])
        expect(await call(await createRestApp(), 'GET', path, { headers })).toMatchObject({
          status: 404,
          json: { status: 'fail', code: 'not_found' },
        });
  });

  it.each([
    ['DELETE', '/miicloud/person', 'POST, PUT, GET, HEAD, OPTIONS'],
    ['POST', '/miicloud/person/a/', 'PUT, PATCH, GET, DELETE, HEAD, OPTIONS'],
    ['GET', '/miicloud/match_faces', 'POST, OPTIONS'],
    ['HEAD', '/miicloud/match_faces', 'POST, OPTIONS'],
    ['PUT', '/health/live', 'GET, HEAD, OPTIONS'],
    ['POST', '/api/v1/cameras/door/live.mjpg', 'GET, HEAD, OPTIONS'],
    ['PROPFIND', '/api/v1/cameras', 'GET, HEAD, OPTIONS'],
  ])('answers 405 to %s %s and allows %s', async (method, path, allow) => {
    const { response, json } = await call(await createRestApp(), method, path);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    if (method !== 'HEAD') expect(json).toMatchObject({ status: 'fail', code: 'method_not_allowed' });
  });

  it('answers OPTIONS with Allow', async () => {
    const { response } = await call(await createRestApp(), 'OPTIONS', '/miicloud/match_faces/', {
      headers: {},
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('allow')).toBe('POST, OPTIONS');
    expect((await call(await createRestApp(), 'OPTIONS', '/nothing')).status).toBe(404);
  });

  it('answers HEAD as GET without a body', async () => {
    const { response, json } = await call(await createRestApp(), 'HEAD', '/api/v1/status');
    expect({ status: response.status, json }).toEqual({ status: 200, json: undefined });
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const headers = { authorization: '' };
    expect((await call(await createRestApp(), 'HEAD', '/api/v1/status', { headers })).status).toBe(401);
  });

  it('accepts a trailing slash everywhere', async () => {
    for (const path of [
      '/health/live/',
      '/health/ready/',
      '/api/v1/status/',
      '/api/v1/cameras/',
      '/miicloud/person/',
    ])
      expect((await call(await createRestApp(), 'GET', path)).status).toBe(200);
  });
});

describe('the Accept header', () => {
  it.each([
    [undefined, true],
    ['', true],
    ['*/*', true],
    ['text/html, */*;q=0.8', true],
    ['application/*', true],
    ['APPLICATION/JSON; charset=utf-8', true],
    ['text/html, application/json;q=0.1', true],
    ['application/json;q=0', false],
    ['application/json;q=0, */*', false],
    ['*/*, application/json; q=0.0', false],
    ['application/*;q=0, */*;q=1', false],
    ['application/*;q=0, application/json', true],
    ['text/html', false],
    ['image/*, text/*', false],
    ['*/*;q=0', false],
    ['nonsense', false],
  ])('%j admits JSON: %s', (accept, admits) => {
    expect(accepts(accept, 'application/json')).toBe(admits);
  });

  it.each([
    ['image/*', 'image/jpeg', true],
    ['image/avif,image/webp,*/*;q=0.8', 'image/jpeg', true],
    ['application/json', 'image/jpeg', false],
    ['text/event-stream', 'text/event-stream', true],
    ['multipart/*', 'multipart/x-mixed-replace', true],
    ['image/jpeg', 'multipart/x-mixed-replace', false],
  ])('%j admits %s: %s', (accept, type, admits) => {
    expect(accepts(accept, type)).toBe(admits);
  });

  it('is held against what the path answers with', async () => {
    const app = await createRestApp();
    const ask = (path: string, accept: string) => call(app, 'GET', path, { headers: { accept } });
    const refused = await ask('/api/v1/cameras/door/snapshot.jpg', 'application/json');
    expect(refused).toMatchObject({ status: 406, json: { code: 'not_acceptable' } });
    // Not live: what stands in the way is told in JSON, although pictures were asked for.
    const notReady = await ask('/api/v1/cameras/gate/snapshot.jpg', 'image/jpeg');
    expect(notReady).toMatchObject({ status: 503, json: { code: 'not_ready' } });
  });

  it('that excludes JSON is answered 406', async () => {
    expect(
      await call(await createRestApp(), 'GET', '/health/live', { headers: { accept: 'text/xml' } }),
    ).toMatchObject({
      status: 406,
      json: { status: 'fail', code: 'not_acceptable' },
    });
  });
});

describe('every answer', () => {
  it('carries a request id and the security headers, and no CORS header', async () => {
    for (const path of ['/health/live', '/nothing', '/api/v1/status']) {
      const headers = { authorization: '', origin: 'https://x.example' };
      const { response } = await call(await createRestApp(), 'GET', path, { headers });
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.has('access-control-allow-origin')).toBe(false);
    }
  });

  it('repeats a request id that is safe to log, and no other', async () => {
    const idFor = async (id: string) =>
      (
        await call(await createRestApp(), 'GET', '/health/live', { headers: { 'x-request-id': id } })
      ).response.headers.get('x-request-id');
    expect(await idFor('proxy-1.2_3')).toBe('proxy-1.2_3');
    expect(await idFor('a b')).not.toBe('a b');
    expect(await idFor('x'.repeat(65))).toHaveLength(36);
  });
});

describe('errors from within', () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'debug', write: line => void lines.push(line) });
  const failing = (error: Error) =>
    createRestApp({
      log,
      cameras: () => {
        throw error;
      },
    });

  it('tell the client nothing but the request id, and the log everything', async () => {
    for (const error of [
      new Error('the cause, a secret'),
      new FacegateError('internal', 'the cause, a secret'),
    ]) {
      lines.length = 0;
      const { response, json } = await call(await failing(error), 'GET', '/api/v1/cameras');
      expect(response.status).toBe(500);
      expect(json).toEqual({
        status: 'fail',
        code: 'internal',
        message: expect.not.stringContaining('secret'),
      });
      const entry = JSON.parse(lines.find(line => line.includes('the cause'))!);
      expect(entry).toMatchObject({ level: 'error', requestId: response.headers.get('x-request-id') });
      expect(lines.join()).not.toContain(TOKENS.admin);
    }
  });

  it.each([
    ['overloaded', 503, '1'],
    ['not_ready', 503, '5'],
    ['storage_full', 507, null],
    ['face_conflict', 409, null],
    ['too_large', 413, null],
  ] as const)('answers %s with its status and when to come back', async (code, status, retryAfter) => {
    const { response, json } = await call(
      await failing(new FacegateError(code, 'Because.')),
      'GET',
      '/api/v1/cameras',
    );
    expect(response.status).toBe(status);
    expect(json).toEqual({ status: 'fail', code, message: 'Because.' });
    expect(response.headers.get('retry-after')).toBe(retryAfter);
  });
});
