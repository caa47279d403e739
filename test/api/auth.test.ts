import { describe, expect, it } from 'vitest';
import { call, createRestApp, NOW, TOKENS } from '../support/rest-clients/rest-app.ts';

const get = (
  app: Awaited<ReturnType<typeof createRestApp>>,
  authorization: string | undefined,
  address?: string,
) =>
  call(app, 'GET', '/api/v1/status', {
    headers: authorization === undefined ? { authorization: '' } : { authorization },
    ...(address !== undefined && { address }),
  });

describe('authentication', () => {
  it.each([`Token ${TOKENS.admin}`, `token ${TOKENS.admin}`, `TOKEN   ${TOKENS.admin}`])(
    'takes %s',
    async header => {
      expect((await get(await createRestApp(), header)).status).toBe(200);
    },
  );

  it('takes the header in any case of its name', async () => {
    const request = { headers: { AUTHORIZATION: `Token ${TOKENS.reader}` } };
    expect((await (await createRestApp()).request('/api/v1/status', request)).status).toBe(200);
  });

  it('answers the same 401 whatever is wrong', async () => {
    const wrong = [
      undefined,
      'Token',
      `Bearer ${TOKENS.admin}`,
      TOKENS.admin,
      `Token ${TOKENS.admin.slice(1)}`,
      `Token ${TOKENS.admin}0`,
      `Token ${'g'.repeat(40)}`,
      `Token ${'0'.repeat(40)}`,
      `Token ${TOKENS.expired}`,
      `Token ${TOKENS.revoked}`,
      `Token ${TOKENS.admin}, Token ${TOKENS.admin}`,
      `Token ${'a'.repeat(1_000_000)}`,
    ];
    const app = await createRestApp();
    const answers = await Promise.all(wrong.map(header => get(app, header)));
    expect(answers.map(({ status }) => status)).toEqual(wrong.map(() => 401));
    expect(new Set(answers.map(({ json }) => JSON.stringify(json))).size).toBe(1);
    expect(answers[0]!.json).toMatchObject({ status: 'fail', code: 'unauthorized' });
    expect(answers[0]!.response.headers.get('www-authenticate')).toBe('Token');
  });

  it('limits an address that guesses, and never a valid token or another address', async () => {
    let now = NOW;
    const app = await createRestApp({ now: () => now });
    const guess = (address: string) => get(app, `Token ${'9'.repeat(40)}`, address);
    for (let i = 0; i < 20; i++) expect((await guess('10.0.0.1')).status).toBe(401);
    const { response, status, json } = await guess('10.0.0.1');
    expect({ status, code: json.code }).toEqual({ status: 429, code: 'rate_limited' });
    expect(response.headers.get('retry-after')).toBe('60');
    expect((await guess('10.0.0.2')).status).toBe(401);
    expect((await get(app, undefined, '10.0.0.1')).status).toBe(401);
    expect((await get(app, `Token ${TOKENS.reader}`, '10.0.0.1')).status).toBe(200);
    now += 60_000;
    expect((await guess('10.0.0.1')).status).toBe(401);
  });
});
