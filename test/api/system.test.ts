import { describe, expect, it } from 'vitest';
import { call, createRestApp, NO_DELIVERIES, TOKENS } from '../support/rest-clients/rest-app.ts';

const anonymous = { headers: { authorization: '' } };

describe('health', () => {
  it('is told without a token', async () => {
    const app = await createRestApp();
    for (const path of ['/health/live', '/health/ready'])
      expect(await call(app, 'GET', path, anonymous)).toMatchObject({
        status: 200,
        json: { status: 'success' },
      });
  });

  it('says why the service is not ready, while it lives', async () => {
    const app = await createRestApp({
      readiness: () => ({ ready: false, reasons: ['The models are loading.'] }),
    });
    const { response, json } = await call(app, 'GET', '/health/ready', anonymous);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(json).toMatchObject({ status: 'fail', code: 'not_ready', reasons: ['The models are loading.'] });
    expect((await call(app, 'GET', '/health/live', anonymous)).status).toBe(200);
  });
});

describe('the system', () => {
  it('lists the cameras of the customer, to readers, too', async () => {
    const app = await createRestApp();
    const reader = { headers: { authorization: `Token ${TOKENS.reader}` } };
    expect((await call(app, 'GET', '/api/v1/cameras', reader)).json).toEqual({
      cameras: [
        {
          id: 'door',
          phase: 'live',
          frames: 10,
          dropped: 1,
          restarts: 0,
          last_frame_at: '2026-01-02T03:04:05.000Z',
          since: '2026-01-02T03:04:04.000Z',
        },
        {
          id: 'gate',
          phase: 'backoff',
          reason: 'dns',
          message: 'The name is unknown.',
          frames: 0,
          dropped: 0,
          restarts: 3,
          since: '2026-01-02T03:04:00.000Z',
        },
      ],
    });
    const other = { headers: { authorization: `Token ${TOKENS.other}` } };
    expect((await call(app, 'GET', '/api/v1/cameras', other)).json).toMatchObject({
      cameras: [{ id: 'vault' }],
    });
    expect((await call(app, 'GET', '/api/v1/status', other)).json).toMatchObject({
      cameras: { total: 1, live: 1 },
      customer: 'other',
    });
  });

  it('tells its state in brief', async () => {
    expect((await call(await createRestApp(), 'GET', '/api/v1/status')).json).toEqual({
      status: 'success',
      time: '2026-01-02T03:04:05.000Z',
      ready: true,
      reasons: [],
      cameras: { total: 2, live: 1 },
      clock: { believed: true, leapt: false },
      ...NO_DELIVERIES.counts(),
      customer: 'acme',
      role: 'admin',
    });
  });
});
