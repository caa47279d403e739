import { describe, expect, it } from 'vitest';
import { createStderrTail, type StderrLimits, secretsOf } from '../../src/ingest/stderr-tail.ts';
import { createLogger } from '../../src/platform/logger.ts';

function tail(secrets: readonly string[] = [], limits: Partial<StderrLimits> = {}) {
  const log: string[] = [];
  const raw: string[] = [];
  const clock = { now: 0 };
  const created = createStderrTail({
    log: createLogger({ level: 'debug', write: line => void log.push(line) }),
    secrets,
    onLine: line => void raw.push(line),
    now: () => clock.now,
    limits,
  });
  return { ...created, log, raw, clock };
}

describe('the tail of a decoder', () => {
  it('puts lines together from any pieces', () => {
    const { write, lines } = tail();
    for (const piece of ['fir', 'st\nsec', 'ond\r', '\n\n', 'third\rfou']) write(piece);
    expect(lines()).toEqual(['first', 'second', 'third']);
  });

  it('keeps the last lines, and of each only the beginning', () => {
    const { write, lines } = tail([], { lines: 3, lineLength: 10 });
    for (let line = 0; line < 100; line++) write(`line ${line} ${'x'.repeat(100)}\n`);
    expect(lines()).toEqual(['line 97 xx', 'line 98 xx', 'line 99 xx']);
  });

  it('does not grow while a line has no end', () => {
    const { write, raw } = tail([], { lineLength: 10 });
    for (let piece = 0; piece < 1000; piece++) write('y'.repeat(1000));
    write('\n');
    expect(raw[0]!.length).toBeLessThanOrEqual(1040);
  });

  it('hides addresses and secrets, but shows lines whole to the one who judges them', () => {
    const { write, lines, log, raw } = tail(secretsOf('rtsp://cam:p%40ss@host/live?key=123'));
    write("Impossible to open 'rtsp://cam:p%40ss@host/live?key=123'\nauth p@ss at /live?key=123 done\n");
    expect(lines()).toEqual(["Impossible to open 'rtsp://***", 'auth *** at *** done']);
    expect(log.join('')).not.toMatch(/p@ss|p%40ss|key=123/);
    expect(raw[0]).toContain('p%40ss');
  });

  it('stays as small as it was under a flood, and hides what is in it', () => {
    const { write, lines, log } = tail(['sesame']);
    const flood = '[h264 @ 0x1] Invalid data found for sesame at rtsp://cam:sesame@host/live\n'.repeat(1000);
    let kept = 0;
    const limit = { lines: 50, bytes: 50 * 500 };
    for (let rounds = 0; rounds < 30; rounds++) {
      write(flood);
      kept = Math.max(kept, lines().join('').length);
      expect(lines().length).toBeLessThanOrEqual(limit.lines);
    }
    expect(kept).toBeLessThanOrEqual(limit.bytes);
    expect(log).toHaveLength(10);
    expect([...lines(), ...log].join('')).not.toContain('sesame');
  });

  it('logs no more than a few lines at a time and says how many it left out', () => {
    const { write, log, clock } = tail([], { loggedPerWindow: 2, windowMs: 1000 });
    write('flood\n'.repeat(1000));
    expect(log).toHaveLength(2);
    clock.now = 1000;
    write('again\n');
    expect(log).toHaveLength(4);
    expect(JSON.parse(log[2]!)).toMatchObject({ lines: 998 });
  });
});

describe('a redirect', () => {
  const line = (address: string) => `[rtsp @ 0x1] Status 302: Redirecting to ${address}\n`;

  it('is told once, with the host and without the rest', () => {
    const { write, log } = tail([], { loggedPerWindow: 0 });
    for (let times = 0; times < 3; times++) write(line('rtsp://10.0.0.9:8554/live?key=sesame'));
    expect(log).toHaveLength(1);
    expect(JSON.parse(log[0]!)).toMatchObject({ level: 'warn', target: '10.0.0.9:8554' });
    expect(log[0]).not.toContain('sesame');
  });

  it.each(['rtsp://cam:p/w@10.0.0.9/live', 'rtsps://cam:pw@10.0.0.9/'])('shows no part of %s', address => {
    const { write, log } = tail([], { loggedPerWindow: 0 });
    write(line(address));
    expect(JSON.parse(log[0]!)).toMatchObject({ target: '***' });
  });
});

describe('the secrets of an address', () => {
  it.each([
    ['rtsp://10.0.0.7/live', []],
    ['rtsp://cam@10.0.0.7/live', []],
    ['rtsp://cam:pw@10.0.0.7/live', ['pw']],
    ['rtsp://cam:p%2Fw@10.0.0.7/live', ['p%2Fw', 'p/w']],
    ['rtsp://cam:p@w@10.0.0.7/live', ['p@w']],
    ['rtsp://cam:100%@10.0.0.7/live', ['100%']],
    ['rtsp://10.0.0.7/user=a&password=b&channel=1', ['/user=a&password=b&channel=1']],
    ['/dev/video0', []],
  ])('%s are %o', (url, secrets) => {
    expect(secretsOf(url)).toEqual(secrets);
  });
});
