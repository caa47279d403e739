import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { type GivenUp, openWebhook } from '../../src/actuators/webhook.ts';
import { webhookSignature } from '../../src/actuators/webhook-post.ts';
import { WebhookSection } from '../../src/config/sections/actuator.ts';
import { recordingLogger, until } from '../events/publishing.ts';
import { use } from '../support/closing.ts';
import { denial, grant } from './decision.ts';
import { openReceiver, status } from './receiver.ts';

const SECRET = '0123456789abcdef0123456789abcdef';

/** A webhook to a receiver that answers so; the shortest of its delays are taken. */
async function webhookTo(
  answer: (response: ServerResponse, number: number) => void,
  { denyHours = 4, isEnrolled = () => true }: { denyHours?: number; isEnrolled?: () => boolean } = {},
) {
  const receiver = await openReceiver(answer);
  const letters: ({ seq: number } & GivenUp)[] = [];
  const taken: number[] = [];
  const { log, entries } = recordingLogger();
  const webhook = openWebhook({
    config: WebhookSection.parse({ url: receiver.url, secret: SECRET, denyHours }),
    isEnrolled,
    book: {
      done: async seq => void taken.push(seq),
      giveUp: async (seq, end) => void letters.push({ seq, ...end }),
    },
    now: Date.now,
    monotonic: () => performance.now(),
    random: () => 0,
    log,
  });
  use(receiver);
  use(webhook);
  return { webhook, receiver, posts: receiver.posts, letters, taken, entries };
}

const expiringIn = (ms: number) => grant({ expires_at: new Date(Date.now() + ms).toISOString() });

describe('a webhook', () => {
  it('is posted the decision, signed together with the time', async () => {
    const { webhook, posts, letters, taken } = await webhookTo(status(204));
    const decision = grant();
    await webhook.act(decision);
    expect(posts).toHaveLength(1);
    const [{ headers, body, path, at }] = posts;
    expect(path).toBe('/hook');
    expect(JSON.parse(body)).toEqual(decision);
    const timestamp = String(headers['facegate-timestamp']);
    expect(Math.abs(Number(timestamp) * 1000 - at)).toBeLessThan(5000);
    expect(headers['facegate-signature']).toBe(webhookSignature(SECRET, timestamp, body));
    expect([letters, taken]).toEqual([[], [decision.seq]]);
  });

  it('has signatures as other programs make them', () => {
    // Made with Python's hmac.
    expect(webhookSignature(SECRET, '1795558678', '{"seq":7}')).toBe(
      '7b6493d0ce769f700928c9e74c31b87003a506ba276fe9b031220cc11bd40e7d',
    );
  });

  it('is tried again until it takes a denial', async () => {
    const { webhook, posts, letters } = await webhookTo((response, number) =>
      status(number < 3 ? 503 : 200)(response),
    );
    await webhook.act(denial());
    expect(posts).toHaveLength(3);
    expect(new Set(posts.map(({ body }) => body)).size).toBe(1);
    expect(letters).toEqual([]);
  });

  it('is posted a grant while it is fresh and never after', async () => {
    const { webhook, posts, letters } = await webhookTo(status(500));
    const brief = expiringIn(1000);
    await webhook.act(brief);
    expect(posts.length).toBeGreaterThan(1);
    for (const { at } of posts) expect(at).toBeLessThan(Date.parse(brief.expires_at));
    expect(letters).toMatchObject([{ failure: 'HTTP 500', attempts: posts.length }]);
    const before = posts.length;
    await webhook.act(expiringIn(-1));
    await webhook.act(grant({ decided_at: new Date(Date.now() + 60_000).toISOString() }));
    const { signature: _signature, ...unsigned } = grant();
    await webhook.act(unsigned);
    expect(posts).toHaveLength(before);
  });

  it('that does not answer is waited for no longer than a grant is good', async () => {
    const { webhook, letters } = await webhookTo(() => undefined);
    const begun = performance.now();
    await webhook.act(expiringIn(600));
    expect(performance.now() - begun).toBeLessThan(4000);
    expect(letters).toMatchObject([{ failure: 'timeout', attempts: 1 }]);
  });

  it('has its answer not read, however long', async () => {
    const { webhook, receiver, letters } = await webhookTo(response => {
      response.writeHead(200);
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', pour);
      pour();
    });
    await webhook.act(grant());
    expect(receiver.posts).toHaveLength(1);
    expect(letters).toEqual([]);
  });

  it('is not followed to another address', async () => {
    const other = await openReceiver(status(200));
    use(other);
    const { webhook, letters } = await webhookTo(status(307, { location: other.url }));
    await webhook.act(grant());
    expect(other.posts).toEqual([]);
    expect(letters).toMatchObject([{ failure: 'HTTP 307', attempts: 1 }]);
  });

  it('that refuses for good gets nothing again, and what is kept of it names nobody', async () => {
    const { webhook, posts, letters, entries } = await webhookTo(status(410));
    await webhook.act({ ...denial(), reason: 'expired' });
    expect(posts).toHaveLength(1);
    expect(letters).toMatchObject([{ seq: 7, failure: 'HTTP 410', attempts: 1 }]);
    const kept = JSON.stringify([letters, entries]);
    for (const secret of ['ada', '7d48e04f', SECRET, 'hook"']) expect(kept).not.toContain(secret);
  });

  it('is told no more of a person who was deleted meanwhile', async () => {
    let isThere = true;
    const { webhook, posts, letters } = await webhookTo(
      response => {
        isThere = false;
        status(503)(response);
      },
      { isEnrolled: () => isThere },
    );
    await webhook.act(denial());
    expect(posts).toHaveLength(1);
    expect(letters).toMatchObject([{ failure: 'the person was deleted' }]);
  });

  it('gives up denials when their hours are over, or there are too many', async () => {
    const once = await webhookTo(status(503), { denyHours: 0 });
    await once.webhook.act(denial());
    expect(once.letters).toMatchObject([{ failure: 'HTTP 503', attempts: 1 }]);

    const { webhook, posts, letters } = await webhookTo(status(503));
    const all = Array.from({ length: 257 }, () => webhook.act(denial()));
    await until(() => posts.length >= 256);
    expect(letters).toMatchObject([{ failure: 'too many wait', attempts: 0 }]);
    await webhook.close();
    await Promise.all(all);
  });

  it('leaves denials waiting when the daemon stops, and gives up grants', async () => {
    const { webhook, posts, letters, taken } = await webhookTo(status(503));
    const all = [webhook.act(denial()), webhook.act({ ...grant(), seq: 8 })];
    await until(() => posts.length >= 2);
    await webhook.close();
    await Promise.all(all);
    expect(letters).toMatchObject([{ seq: 8, failure: 'the daemon stopped' }]);
    expect(taken).toEqual([]);
  });

  it('is told after a restart what it was denied before, and of no grant, however fresh', async () => {
    const { webhook, posts, letters, taken } = await webhookTo(status(200));
    await webhook.resume(denial());
    await webhook.resume({ ...grant(), seq: 8 });
    expect(posts.map(({ body }) => JSON.parse(body).decision)).toEqual(['deny']);
    expect(taken).toEqual([7]);
    expect(letters).toMatchObject([{ seq: 8, attempts: 0, failure: 'the daemon stopped' }]);
  });

  it('is posted a denial of before a restart for no more than what is left of its hours', async () => {
    const { webhook, posts, letters } = await webhookTo(status(503), { denyHours: 1 });
    const decided_at = new Date(Date.now() - 3_600_000).toISOString();
    await webhook.resume({ ...denial(), decided_at });
    expect(posts).toHaveLength(1);
    expect(letters).toMatchObject([{ failure: 'HTTP 503', attempts: 1 }]);
  });
});

describe('the address of a webhook', () => {
  const accepts = (url: string, more = {}) =>
    WebhookSection.safeParse({ url, secret: SECRET, ...more }).success;

  it('is https, or this machine, or acknowledged', () => {
    for (const url of [
      'https://a.example/x?t=1',
      'http://127.0.0.1:8123/x',
      'http://localhost/',
      'http://[::1]/',
    ])
      expect(accepts(url)).toBe(true);
    for (const url of [
      'http://a.example/',
      'http://localhost.evil.example/',
      'http://127.0.0.1.example/',
      'https://',
      'file:///etc/passwd',
      'https://u:p@a.example/',
    ])
      expect(accepts(url)).toBe(false);
    expect(accepts('http://a.example/', { allowPlaintext: true })).toBe(true);
  });
});
