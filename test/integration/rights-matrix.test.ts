import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RIGHTS } from '../../src/api/rights.ts';
import { openServer, type RestServer } from '../../src/api/server.ts';
import { openTokens } from '../../src/daemon/tokens.ts';
import { ROLES, type Role } from '../../src/domain/token.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { tokenHash, tokenId } from '../../src/platform/token-secret.ts';
import {
  addTokens,
  createRestApp,
  ledgerOf,
  NOW,
  openScriptedGallery,
  TOKENS,
} from '../support/rest-clients/rest-app.ts';
import { scriptedImage } from '../support/rest-clients/scripted-engine.ts';
import { openTemporaryStore } from '../support/temporary-store.ts';

const HOUR = 3_600_000;
const LONG = 10_000 * HOUR;
const CANARY = 'ada-of-acme';
const [ROTATING, ROTATED] = ['1'.repeat(40), '2'.repeat(40)];
const BOSS = '3'.repeat(40);

/** Every kind of credential and the role it proves, if any. */
const CREDENTIALS: Readonly<Record<string, { header?: string; role?: Role }>> = {
  'no token': {},
  'an empty header': { header: '' },
  'the scheme alone': { header: 'Token' },
  'another scheme': { header: `Bearer ${BOSS}` },
  'no scheme': { header: BOSS },
  'a token cut short': { header: `Token ${BOSS.slice(1)}` },
  'a token with more behind it': { header: `Token ${BOSS}0` },
  'two tokens': { header: `Token ${BOSS}, Token ${BOSS}` },
  'a token that never was': { header: `Token ${'0'.repeat(40)}` },
  'the hash of a token': { header: `Token ${tokenHash(BOSS).slice(0, 40)}` },
  'an expired token': { header: `Token ${TOKENS.expired}` },
  'a revoked token': { header: `Token ${TOKENS.revoked}` },
  'a rotated token after the overlap': { header: `Token ${ROTATED}` },
  'a rotated token within the overlap': { header: `Token ${ROTATING}`, role: 'operator' },
  'the token of a reader': { header: `Token ${TOKENS.reader}`, role: 'reader' },
  'the token of an operator': { header: `Token ${TOKENS.operator}`, role: 'operator' },
  'the token of an admin': { header: `Token ${BOSS}`, role: 'admin' },
  'the token of an admin in capitals': { header: `TOKEN ${BOSS.toUpperCase()}`, role: 'admin' },
};

const routes = Object.entries(RIGHTS).map(([route, needed]) => {
  const [method, path] = route.split(' ') as [string, string];
  return { route, method, path, needed };
});
const isEnough = (role: Role | undefined, needed: Role | 'anyone') =>
  needed === 'anyone' || (role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(needed));

/** Every route with every kind of credential, over sockets, the tokens in the store on disk. */
describe('the rights of tokens', () => {
  let store: Awaited<ReturnType<typeof openTemporaryStore>>;
  let server: RestServer;
  // A minute passes with every request: the limits on guessing have a test of their own.
  let now = NOW;
  const ids: Record<string, string> = {
    person: CANARY,
    cameras: 'door',
    doors: 'main',
    tokens: tokenId(tokenHash(TOKENS.reader)),
  };

  const ask = async (method: string, path: string, authorization?: string) => {
    now += 61_000;
    const response = await fetch(server.url + path, {
      method,
      headers: { ...(authorization !== undefined && { authorization }) },
    });
    const type = response.headers.get('content-type') ?? '';
    const hasEnd = !/event-stream|x-mixed-replace/.test(type);
    const text = hasEnd ? await response.text() : '';
    if (!hasEnd) await response.body?.cancel();
    return { status: response.status, text };
  };
  /** The status of a request whose path is sent as it is written here; `fetch` would tidy it up first. */
  const askRaw = async (method: string, path: string): Promise<number> => {
    now += 61_000;
    const { port } = server;
    const sent = request({ host: '127.0.0.1', port, method, path, agent: false }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    return answer.statusCode!;
  };
  /** The path with ids of what is there, or of what is not. */
  const filled = (path: string, there: boolean) =>
    path.replaceAll(
      /(\w+)\/:\w+/g,
      (_, what: string) => `${what}/${there ? (ids[what] ?? '1') : 'deadbeef'}`,
    );
  const standing = () => ({
    person: store.persons.find('acme', CANARY),
    tokens: store.tokens.list().map(({ lastUsedAt: _, ...token }) => token),
  });

  beforeAll(async () => {
    store = await openTemporaryStore();
    await addTokens(store.tokens);
    const record = { customerId: 'acme', name: '', createdAt: NOW };
    await store.tokens.add({ ...record, hash: tokenHash(BOSS), role: 'admin' });
    for (const [secret, overlapMs] of [
      [ROTATING, LONG],
      [ROTATED, 1],
    ] as const) {
      await store.tokens.add({ ...record, hash: tokenHash(secret), role: 'operator' });
      await store.tokens.rotate(
        tokenHash(secret),
        { hash: tokenHash(`${secret} next`), overlapMs },
        { at: NOW },
      );
    }
    const app = await createRestApp({
      gallery: await openScriptedGallery(store),
      tokens: openTokens({ tokens: store.tokens, log: silentLogger }),
      ledger: ledgerOf(store),
      doors: {
        has: customerId => customerId === 'acme',
        tryFace: () => Promise.reject(new Error('no door')),
      },
      limits: { maxUploadBytes: 1024 * 1024, requestsPerSecond: 1000, viewers: { snapshotMs: 20 } },
      now: () => now,
    });
    server = await openServer({ app, host: '127.0.0.1', port: 0, log: silentLogger });
    const body = new FormData();
    body.set('customer_person_id', CANARY);
    body.set(
      'image_path',
      new Blob([new Uint8Array(scriptedImage([{ who: 1, box: [0, 0, 90, 90] }]))]),
      'a.jpg',
    );
    const headers = { authorization: `Token ${TOKENS.operator}` };
    const enrolled = await fetch(`${server.url}/miicloud/person`, { method: 'POST', headers, body });
    expect(enrolled.status).toBe(200);
  });

  afterAll(async () => {
    await server.close();
    await store.close();
  });

  it.each(Object.entries(CREDENTIALS))(
    'let in or refuse %s as the table says',
    async (_name, { header, role }) => {
      const before = standing();
      const refused = new Set<string>();
      const wrong: string[] = [];
      for (const { route, method, path, needed } of routes) {
        const enough = isEnough(role, needed);
        const expected = enough ? 'in' : role === undefined ? 401 : 403;
        const target = filled(path, !enough);
        const methods = method === 'GET' ? ['GET', 'HEAD'] : [method];
        for (const each of methods) {
          const { status, text } = await ask(each, target, header);
          const isIn = status !== 401 && status !== 403;
          if (expected === 'in' ? !isIn : status !== expected) wrong.push(`${each} ${route}: ${status}`);
          if (expected === 401 && each !== 'HEAD') refused.add(text);
          if (!enough && text.includes(CANARY)) wrong.push(`${each} ${route}: tells of the person`);
        }
      }
      expect(wrong).toEqual([]);
      if (role === undefined) expect([...refused]).toHaveLength(1);
      if (role !== 'admin') expect(standing()).toEqual(before);
    },
  );

  it('show and change nothing of another customer', async () => {
    const before = standing();
    const wrong: string[] = [];
    for (const { route, method, path } of routes) {
      const { status, text } = await ask(method, filled(path, true), `Token ${TOKENS.other}`);
      if (status === 401 || status === 403) wrong.push(`${route}: ${status}`);
      if (path.includes(':') && status < 400) wrong.push(`${route}: ${status}`);
      const tokens = before.tokens
        .filter(({ customerId }) => customerId === 'acme')
        .map(({ hash }) => tokenId(hash));
      for (const canary of [CANARY, 'gate', ...tokens])
        if (text.includes(`"${canary}`)) wrong.push(`${route}: tells of ${canary}`);
    }
    expect(wrong).toEqual([]);
    const after = standing();
    expect(after.person).toEqual(before.person);
    // The other customer has made a token of its own, where the body was good enough for that.
    const others = after.tokens.filter(({ customerId }) => customerId === 'acme');
    expect(others).toEqual(before.tokens.filter(({ customerId }) => customerId === 'acme'));
  });

  it('are asked for however the path is written', async () => {
    const open = routes.filter(({ needed }) => needed === 'anyone').map(({ path }) => path);
    const spellings = [
      (path: string) => `${path}/`,
      (path: string) => `/${path}`,
      (path: string) => path.replace('/', '//'),
      (path: string) => path.toUpperCase(),
      (path: string) => path.replaceAll('a', '%61'),
      (path: string) => path.replace(/\/([^/]+)$/, '%2f$1'),
      (path: string) => path.replace(/\/([^/]+)$/, '\\$1'),
      (path: string) => `${path}%00`,
      (path: string) => `${path};/health/live`,
      (path: string) => `http://127.0.0.1${path}`,
      (path: string) => `${path}?token=${BOSS}&access_token=${BOSS}`,
      (path: string) => `/health/live/..${path}`,
      (path: string) => `/health/live/%2e%2e/%2e%2e${path}`,
    ];
    const wrong: string[] = [];
    for (const { method, path } of routes.filter(({ path }) => !open.includes(path)))
      for (const spell of spellings) {
        const target = spell(filled(path, true));
        const status = await askRaw(method, target);
        if (![400, 401, 404, 405].includes(status)) wrong.push(`${method} ${target}: ${status}`);
      }
    expect(wrong).toEqual([]);
  });
});
