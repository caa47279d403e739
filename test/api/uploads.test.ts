import { describe, expect, it } from 'vitest';
import { createGate } from '../../src/api/gate.ts';
import { FacegateError } from '../../src/domain/errors.ts';
import { call, clientForm, createRestApp } from '../support/rest-clients/rest-app.ts';
import { analyzeScripted, scriptedImage } from '../support/rest-clients/scripted-engine.ts';

const form = clientForm([{ name: 'image_path', value: scriptedImage([]), file: 'a.jpg' }]);

describe('uploads at once', () => {
  it('are analysed two at a time while sixteen wait; the rest are told to retry in a second', async () => {
    let open = () => {};
    const opened = new Promise<void>(resolve => {
      open = resolve;
    });
    let running = 0;
    let most = 0;
    const app = await createRestApp({
      async analyze(bytes) {
        most = Math.max(most, ++running);
        await opened;
        running--;
        return analyzeScripted(bytes);
      },
    });
    let refused = 0;
    const answers = Array.from({ length: 25 }, async () => {
      const answer = await call(app, 'POST', '/miicloud/match_faces', form);
      if (answer.status === 503 && ++refused === 7) open();
      return answer;
    });
    const results = await Promise.all(answers);
    expect(most).toBe(2);
    expect(results.filter(({ status }) => status === 200)).toHaveLength(18);
    const busy = results.filter(({ status }) => status === 503);
    expect(busy.map(({ json }) => json.code)).toEqual(Array(7).fill('overloaded'));
    expect(busy[0]!.response.headers.get('retry-after')).toBe('1');
    expect((await call(app, 'POST', '/miicloud/match_faces', form)).status).toBe(200);
  });

  it('that a client gave up on while waiting are not analysed', async () => {
    let analysed = 0;
    let open = () => {};
    const opened = new Promise<void>(resolve => {
      open = resolve;
    });
    const app = await createRestApp({
      async analyze(bytes) {
        analysed++;
        await opened;
        return analyzeScripted(bytes);
      },
    });
    const busy = [1, 2].map(() => call(app, 'POST', '/miicloud/match_faces', form));
    const gone = new AbortController();
    const request = { ...form, method: 'POST', signal: gone.signal } as RequestInit;
    const headers = { ...form.headers, authorization: `Token ${'a'.repeat(40)}` };
    const waiting = app.request('/miicloud/match_faces', { ...request, headers });
    gone.abort();
    open();
    await Promise.all([...busy, waiting]);
    expect(analysed).toBe(2);
  });

  it('leave nothing of their image in memory, whether they were taken or refused', async () => {
    const images: Uint8Array[] = [];
    const app = await createRestApp({
      async analyze(bytes) {
        expect(bytes).toHaveLength(scriptedImage([]).length);
        images.push(bytes);
        if (images.length === 2) throw new FacegateError('image_undecodable', 'The image is damaged.');
        return analyzeScripted(bytes);
      },
    });
    const json = JSON.stringify({ image_path: Buffer.from(scriptedImage([])).toString('base64') });
    const typed = { headers: { 'content-type': 'application/json' }, body: json };
    const statuses = [];
    for (const body of [form, form, typed])
      statuses.push((await call(app, 'POST', '/miicloud/match_faces', body)).status);
    expect(statuses).toEqual([200, 400, 200]);
    expect(images.map(({ length }) => length)).toEqual([0, 0, 0]);
  });

  it('hold at most 24 MiB of images, or are told to retry in a second', async () => {
    let open = () => {};
    const opened = new Promise<void>(resolve => {
      open = resolve;
    });
    const app = await createRestApp({
      limits: { maxUploadBytes: 8 << 20, requestsPerSecond: 1000 },
      async analyze() {
        await opened;
        return analyzeScripted(scriptedImage([]));
      },
    });
    const large = clientForm([{ name: 'image_path', value: Buffer.alloc(8_300_000), file: 'a.jpg' }]);
    const answers = Array.from({ length: 4 }, async () => {
      const answer = await call(app, 'POST', '/miicloud/match_faces', large);
      if (answer.status === 503) open();
      return answer;
    });
    const results = await Promise.all(answers);
    expect(results.map(({ status }) => status).sort()).toEqual([200, 200, 200, 503]);
    const busy = results.find(({ status }) => status === 503)!;
    expect(busy.response.headers.get('retry-after')).toBe('1');
    expect((await call(app, 'POST', '/miicloud/match_faces', large)).status).toBe(200);
  });

  it('hold at most 24 bodies', async () => {
    const app = await createRestApp();
    const never = () => new ReadableStream();
    const headers = { ...form.headers, authorization: `Token ${'a'.repeat(40)}` };
    for (let i = 0; i < 24; i++)
      void app.request('/miicloud/match_faces', {
        method: 'POST',
        headers,
        body: never(),
        duplex: 'half',
      } as RequestInit);
    expect((await call(app, 'POST', '/miicloud/match_faces', form)).json.code).toBe('overloaded');
  });
});

describe('a gate', () => {
  it('lets tasks in first come first served, also after one failed', async () => {
    const gate = createGate({ running: 1, waiting: 3 });
    const order: number[] = [];
    const tasks = [0, 1, 2, 3].map(n =>
      gate.run(async () => {
        order.push(n);
        if (n === 1) throw new Error('failed');
      }),
    );
    const results = await Promise.allSettled(tasks);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(order).toEqual([0, 1, 2, 3]);
  });
});
