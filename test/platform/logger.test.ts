import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogger, redact, silentLogger } from '../../src/platform/logger.ts';

function recordingLogger(options: { level?: string; secrets?: string[] } = {}) {
  const lines: string[] = [];
  const log = createLogger({ level: 'debug', ...options, write: line => void lines.push(line) });
  return { log, lines, entry: () => JSON.parse(lines.at(-1)!) as Record<string, unknown> };
}

describe('redact', () => {
  it.each([
    ['rtsp://viewer:hunter2@192.0.2.1/a', 'rtsp://***@192.0.2.1/a'],
    ['rtsp://viewer:p@ss@192.0.2.1/a', 'rtsp://***@192.0.2.1/a'],
    ['rtsp://viewer:a:b@192.0.2.1:554/a', 'rtsp://***@192.0.2.1:554/a'],
    ['rtsp://:onlypassword@host', 'rtsp://***@host'],
    ['mqtts://name@host:8883', 'mqtts://***@host:8883'],
    ['first rtsp://a:b@x/ then mqtt://c:d@y', 'first rtsp://***@x/ then mqtt://***@y'],
  ])('masks what stands before the host of %s', (text, clean) => {
    expect(redact(text)).toBe(clean);
  });

  it.each(['rtsp://192.0.2.1/a', 'rtsp://host/path@2x', 'write to door@example.org', 'a://b?c=d@e'])(
    'leaves %s as it is',
    text => {
      expect(redact(text)).toBe(text);
    },
  );

  it('masks a secret wherever it stands, also percent-encoded', () => {
    expect(redact('password p@ss/word, in a URL p%40ss%2Fword', ['p@ss/word'])).toBe(
      'password ***, in a URL ***',
    );
  });

  it('masks the longer of two secrets that overlap as a whole', () => {
    expect(redact('value abcdef', ['abc', 'abcdef'])).toBe('value ***');
  });

  it('ignores an empty secret', () => {
    expect(redact('text', [''])).toBe('text');
  });
});

describe('the logger', () => {
  it('writes one JSON line per entry with time, level, part and message', () => {
    const { log, lines, entry } = recordingLogger();
    log.child({ part: 'ingest', camera: 'door' }).warn({ frames: 3 }, 'Stalled.');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(entry()).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      part: 'ingest',
      camera: 'door',
      frames: 3,
      msg: 'Stalled.',
    });
  });

  it('drops what is less important than its level', () => {
    const { log, lines } = recordingLogger({ level: 'warn' });
    log.info({}, 'Quiet.');
    log.warn({}, 'Loud.');
    expect(lines).toHaveLength(1);
  });

  it('masks secrets in nested fields, in lists and in keys', () => {
    const { log, lines, entry } = recordingLogger({ secrets: ['hunter2'] });
    log.info({ a: { b: [{ c: 'x hunter2 y' }] }, hunter2: 1 }, 'Is hunter2 here?');
    expect(lines[0]).not.toContain('hunter2');
    expect(entry()).toMatchObject({ a: { b: [{ c: 'x *** y' }] }, '***': 1, msg: 'Is *** here?' });
  });

  it('masks secrets in the message, the stack and the cause of an error', () => {
    const { log, lines } = recordingLogger({ secrets: ['hunter2'] });
    const cause = new Error('rtsp://viewer:other@host refused hunter2');
    log.error({ err: new Error('No way in with hunter2', { cause }) }, 'Failed.');
    expect(lines[0]).toContain('No way in with ***');
    expect(lines[0]).not.toMatch(/hunter2|viewer|other/);
  });

  it('masks a secret inside JSON inside a field', () => {
    const { log, lines } = recordingLogger({ secrets: ['a"b\\c'] });
    log.info({ body: JSON.stringify({ password: 'a"b\\c' }) }, 'Sent.');
    expect(JSON.parse(lines[0]!)).toMatchObject({ body: '{"password":"***"}' });
  });

  it('masks a secret that was logged as a number', () => {
    const { log, entry } = recordingLogger({ secrets: ['48151623'] });
    log.info({ pin: 48151623, frames: 48 }, 'Number.');
    expect(entry()).toMatchObject({ pin: '***', frames: 48 });
  });

  it('masks the credentials of URLs that it was never told of', () => {
    const { log, entry } = recordingLogger();
    log.info({ url: 'rtsp://viewer:hunter2@host/1' }, 'Opened rtsp://viewer:hunter2@host/1');
    expect(entry()).toMatchObject({ url: 'rtsp://***@host/1', msg: 'Opened rtsp://***@host/1' });
  });

  it.each(['"', ':', 'info', 'level', 'msg', '2', '{', '\\', '\n'])(
    'still writes valid JSON with its level where the secret is %j',
    secret => {
      const { log, entry } = recordingLogger({ secrets: [secret] });
      log.info({ level2: secret }, `Text ${secret}.`);
      expect(entry()).toMatchObject({ level: 'info', msg: expect.any(String) });
      expect(entry().time).toMatch(/^\d{4}-/);
    },
  );

  it('never writes a secret of any kind, in any field', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, unit: 'grapheme' }), fc.string(), (secret, around) => {
        fc.pre(
          !'{"level":"info","time":"msg*** 0123456789TZ:.-"}'.includes(secret) && /[g-zG-Z]/.test(secret),
        );
        const { log, lines } = recordingLogger({ secrets: [secret] });
        // Keys of one letter: a longer one that holds the secret is masked itself.
        log.info({ a: `${around}${secret}${around}`, b: [secret] }, secret);
        const { a, b, msg } = JSON.parse(lines[0]!) as { a: string; b: string[]; msg: string };
        expect([a, b[0], msg].some(text => text?.includes(secret) !== false)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('says nothing at all as the silent logger', () => {
    expect(() => silentLogger.child({ part: 'x' }).error({}, 'Nobody hears this.')).not.toThrow();
  });
});
