import { describe, expect, it } from 'vitest';
import type { ApiMetrics } from '../../src/api/metrics.ts';
import { call, createRestApp, TOKENS } from '../support/rest-clients/rest-app.ts';

function recorder() {
  const answers: Parameters<ApiMetrics['answered']>[0][] = [];
  const metrics: ApiMetrics = {
    mediaType: 'text/plain; version=0.0.4; charset=utf-8',
    text: async customer => `asked_by{customer="${customer}"} 1\n`,
    answered: answer => void answers.push(answer),
  };
  return { metrics, answers };
}

const ask = (token: string, accept = '*/*') => ({ headers: { authorization: `Token ${token}`, accept } });

describe('GET /metrics', () => {
  it("answers a reader in Prometheus' text, with what their customer may see", async () => {
    const app = await createRestApp(recorder());
    // What Prometheus 3 sends.
    const accept =
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.1';
    const response = await app.request('/metrics', ask(TOKENS.reader, accept));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toBe('asked_by{customer="acme"} 1\n');
    expect(await (await app.request('/metrics', ask(TOKENS.other))).text()).toContain('other');
  });

  it('wants a token from loopback, too', async () => {
    const app = await createRestApp(recorder());
    expect(
      await call(app, 'GET', '/metrics', { headers: { authorization: '' }, address: '127.0.0.1' }),
    ).toMatchObject({ status: 401, json: { code: 'unauthorized' } });
  });

  it('counts every answer by its route, never by its path', async () => {
    const { metrics, answers } = recorder();
    const app = await createRestApp({ metrics });
    await call(app, 'GET', '/miicloud/person/ada.lovelace');
    await call(app, 'GET', '/nowhere/ada.lovelace');
    await call(app, 'GET', '/health/live', { headers: { authorization: '' } });
    expect(answers.map(({ route, status }) => `${route} ${status}`)).toEqual([
      '/miicloud/person/:id 404',
      '/* 404',
      '/health/live 200',
    ]);
    for (const { seconds } of answers) expect(seconds).toBeGreaterThan(0);
  });
});
