import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventStream } from '../../src/api/history-stream.ts';
import { openServer, type RestServer } from '../../src/api/server.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import type { Store } from '../../src/store/store.ts';
import { type PastEvents, pastEvents } from '../support/rest-clients/past-events.ts';
import { createRestApp, NOW, TOKENS } from '../support/rest-clients/rest-app.ts';
import { openTemporaryStore } from '../support/temporary-store.ts';

const STREAM = '/api/v1/events/stream';

/** A client that reads what it is told to. */
interface Listener {
  /** Reads until `count` events have come; their ids. */
  ids(count: number): Promise<number[]>;
  /** Everything up to the end. */
  rest(): Promise<string>;
  leave(): Promise<void>;
}

describe('the stream of events', () => {
  let store: Store;
  let past: PastEvents;
  let server: RestServer;
  let now: number;
  beforeEach(async () => {
    now = NOW;
    store = await openTemporaryStore();
    past = pastEvents(store);
    server = await open({ heartbeatMs: 60_000 });
  });
  afterEach(async () => {
    await server.close();
    await store.close();
  });

  const open = async (eventStreams: { inAll?: number; stalledMs?: number; heartbeatMs?: number }) => {
    const limits = { maxUploadBytes: 1024, requestsPerSecond: 1000, eventStreams };
    const app = await createRestApp({ history: past.history, limits, now: () => now });
    return openServer({ app, host: '127.0.0.1', port: 0, log: silentLogger });
  };
  const reopen = async (eventStreams: Parameters<typeof open>[0]) => {
    await server.close();
    server = await open(eventStreams);
  };
  const request = (
    query = '',
    headers: Record<string, string> = {},
    role: keyof typeof TOKENS = 'operator',
  ) =>
    fetch(`${server.url}${STREAM}${query}`, {
      headers: { authorization: `Token ${TOKENS[role]}`, accept: 'text/event-stream', ...headers },
    });
  const listen = async (...asked: Parameters<typeof request>): Promise<Listener> => {
    const answer = await request(...asked);
    expect(answer.status).toBe(200);
    const reader = answer.body!.getReader();
    let text = '';
    const read = async () => {
      const { done, value } = await reader.read();
      text += Buffer.from(value ?? []).toString();
      return !done;
    };
    const ids = () => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    const readUntil = async (condition: () => boolean) => {
      while (!condition()) if (!(await read())) throw new Error(`The stream has ended with: ${text}`);
    };
    await readUntil(() => text.startsWith('retry: 5000\n\n'));
    return {
      ids: async count => {
        await readUntil(() => ids().length >= count);
        return ids();
      },
      rest: async () => {
        while (await read());
        return text;
      },
      leave: () => reader.cancel(),
    };
  };

  it('tells each event as it comes, under its number and its type', async () => {
    await past.add();
    const listener = await listen();
    const event = await past.add();
    expect(await listener.ids(1)).toEqual([2]);
    await server.close();
    expect(await listener.rest()).toBe(
      `retry: 5000\n\nid: 2\nevent: unknown_seen\ndata: ${JSON.stringify(event)}\n\n: end\n\n`,
    );
    expect(past.listeners()).toBe(0);
  });

  it('goes on behind the last event that was seen, and has none twice or left out where past and present meet', async () => {
    for (let i = 0; i < 300; i++) await past.add();
    let adding = true;
    const added = (async () => {
      for (let i = 0; i < 300; i++) await past.add();
      adding = false;
    })();
    const listeners = await Promise.all(
      [0, 123, 299].map(seen => listen('', { 'last-event-id': String(seen) })),
    );
    const seen = await Promise.all(listeners.map((each, at) => each.ids(600 - [0, 123, 299][at])));
    await added;
    expect(adding).toBe(false);
    for (const [at, from] of [0, 123, 299].entries())
      expect(seen[at]).toEqual(Array.from({ length: 600 - from }, (_, i) => from + 1 + i));
    for (const each of listeners) await each.leave();
    await expect.poll(past.listeners).toBe(0);
  });

  it('begins where ?after= says, unless a browser that comes back knows better', async () => {
    for (let i = 0; i < 4; i++) await past.add();
    const [one, two] = [await listen('?after=1'), await listen('?after=1', { 'last-event-id': '3' })];
    expect([await one.ids(3), await two.ids(1)]).toEqual([[2, 3, 4], [4]]);
    // A number that no event has had yet: the store was set back.
    const ahead = await listen('', { 'last-event-id': '999' });
    await past.add();
    expect(await ahead.ids(1)).toEqual([5]);
    for (const each of [one, two, ahead]) await each.leave();
  });

  it('is for operators, shows only events of their own customer, and those that they ask for', async () => {
    const [mine, others, gates] = [
      await listen('?after=0'),
      await listen('?after=0', {}, 'other'),
      await listen('?camera=gate&type=unknown_seen'),
    ];
    for (const customer of ['acme', 'other', 'acme']) await past.add({ customer });
    await past.add({ camera: 'gate' });
    expect([await mine.ids(3), await others.ids(1), await gates.ids(1)]).toEqual([[1, 3, 4], [2], [4]]);
    for (const each of [mine, others, gates]) await each.leave();
    expect((await request('', {}, 'reader')).status).toBe(403);
    expect((await request('', { authorization: '' })).status).toBe(401);
  });

  it('never hands on a grant of the past as one', async () => {
    const times = { decided_at: new Date(now).toISOString(), expires_at: new Date(now + 5000).toISOString() };
    const grant = { type: 'door_decision', decision: 'grant', signature: 'cafe', ...times } as never;
    const listener = await listen();
    await past.add(grant);
    await listener.ids(1);
    now += 4000;
    const late = await listen('?after=0');
    await late.ids(1);
    await server.close();
    const [live, replayed] = [await listener.rest(), await late.rest()];
    expect([live, replayed].map(text => /"decision":"(\w+)"/.exec(text)?.[1])).toEqual(['grant', 'deny']);
    expect(live + replayed).not.toContain('cafe');
  });

  it.each(['?limit=3', '?type=seen', '?after=x'])('refuses %s', async query => {
    const answer = await request(query);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
      400,
      'invalid_request',
    ]);
  });

  it('refuses a Last-Event-ID that is none', async () => {
    const answer = await request('', { 'last-event-id': 'abc' });
    expect([answer.status, ((await answer.json()) as { message: string }).message]).toEqual([
      400,
      expect.stringMatching(/^Last-Event-ID must be/),
    ]);
  });

  it('shows that it is alive where nothing happens, and goes on', async () => {
    await reopen({ heartbeatMs: 100 });
    const listener = await listen();
    await new Promise(resolve => setTimeout(resolve, 500));
    await past.add();
    expect(await listener.ids(1)).toEqual([1]);
    await server.close();
    expect(await listener.rest()).toMatch(/^retry: 5000\n\n(: still here\n\n)+id: 1\n/);
  });

  it('is for so many at once, until one of them goes away', async () => {
    await reopen({ inAll: 2 });
    const [one, two] = [await listen(), await listen()];
    const refused = await request();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    expect(await refused.json()).toMatchObject({ code: 'overloaded' });
    expect(
      (
        await fetch(`${server.url}${STREAM}`, {
          method: 'HEAD',
          headers: { authorization: `Token ${TOKENS.operator}` },
        })
      ).status,
    ).toBe(200);
    await one.leave();
    await expect
      .poll(async () => {
        const answer = await request();
        await answer.body!.cancel();
        return answer.status;
      })
      .toBe(200);
    await two.leave();
  });

  it('drops who reads nothing, and costs no memory for them', async () => {
    await reopen({ stalledMs: 1500 });
    const socket = connect(server.port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    socket.pause();
    socket.write(
      `GET ${STREAM}?after=0 HTTP/1.1\r\nHost: a\r\nAuthorization: Token ${TOKENS.operator}\r\n\r\n`,
    );
    await expect.poll(past.listeners).toBe(1);
    const model = 'x'.repeat(64 * 1024);
    // More than the buffers of a connection hold.
    for (let i = 0; i < 200; i++) await past.add({ model } as never);
    await expect.poll(past.listeners).toBe(0);
    socket.destroy();
  });

  it('lets go of everything where the store fails', async () => {
    const failing = {
      read: () => Promise.reject(new Error('the store has failed')),
      isAtEnd: () => false,
      position: () => 0,
    };
    let ended = 0;
    const body = eventStream(past.history, failing, {
      stalledMs: 1000,
      heartbeatMs: 1000,
      now: () => now,
      isAllowed: () => true,
      onEnd: () => void ended++,
    });
    await expect(new Response(body).text()).rejects.toThrow('the store has failed');
    expect([ended, past.listeners()]).toEqual([1, 0]);
  });

  it('ends with the token', async () => {
    const listener = await listen('', {}, 'admin');
    now += 1;
    expect(await listener.rest()).toMatch(/: end\n\n$/);
    expect(past.listeners()).toBe(0);
  });
});
