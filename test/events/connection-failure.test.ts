import { describe, expect, it } from 'vitest';
import { failureSentence } from '../../src/events/connection-failure.ts';
import { createFailureLog } from '../../src/events/failure-log.ts';
import { reconnectDelay } from '../../src/events/reconnect-delay.ts';
import { recordingLogger } from './publishing.ts';

const withCode = (code: string | number, message = 'x') => Object.assign(new Error(message), { code });

describe('the sentence about a failed connection', () => {
  it.each([
    [withCode('ECONNREFUSED'), /broker:1883 cannot be reached.*is the broker running/],
    [withCode('ENOTFOUND'), /host name is not known/],
    [withCode(4), /mqtt\.password/],
    [withCode(134), /mqtt\.password/],
    [withCode(1), /mqtt\.protocol/],
    [withCode(142), /another daemon/],
    [withCode('SELF_SIGNED_CERT_IN_CHAIN'), /TLS.*mqtt\.ca/],
    [undefined, /broker:1883 closed the connection/],
    [new Error('connack timeout'), /failed: connack timeout/],
  ])('tells of %s what to do', (error, sentence) => {
    expect(failureSentence(error, 'broker:1883')).toMatch(sentence);
  });

  it('never repeats the credentials of a URL', () => {
    expect(failureSentence(new Error('mqtt://a:hunter2@broker'), 'broker:1883')).not.toContain('hunter2');
  });
});

describe('the log of failed connections', () => {
  const setUp = () => {
    const { log, entries } = recordingLogger();
    const clock = { now: 0 };
    return { entries, clock, failures: createFailureLog({ place: 'b:1', now: () => clock.now, log }) };
  };

  it('tells each reason once per outage', () => {
    const { entries, failures } = setUp();
    for (let attempt = 0; attempt < 50; attempt++) failures.failed(withCode('ECONNREFUSED'));
    for (let attempt = 0; attempt < 50; attempt++) failures.failed(withCode(4));
    failures.connected(5);
    expect(entries.map(({ level }) => level)).toEqual(['warn', 'warn', 'info']);
  });

  it('stays quiet about a connection that comes and goes', () => {
    const { entries, failures } = setUp();
    for (let round = 0; round < 50; round++) {
      failures.connected(5);
      failures.failed(undefined);
    }
    expect(entries.length).toBeLessThanOrEqual(3);
  });

  it('tells again what ends a connection that had lasted', () => {
    const { entries, clock, failures } = setUp();
    for (let round = 0; round < 3; round++) {
      failures.connected(5);
      clock.now += 3_600_000;
      failures.failed(undefined);
    }
    expect(entries.map(({ level }) => level)).toEqual(['info', 'warn', 'info', 'warn', 'info', 'warn']);
  });

  it('knows the last reason while there is no connection', () => {
    const { failures } = setUp();
    failures.failed(withCode(4));
    expect(failures.lastError()).toMatch(/password/);
    failures.connected(5);
    expect(failures.lastError()).toBeUndefined();
  });
});

describe('the wait before a new attempt', () => {
  it('is 1 to 2 s at first and 1 to 5 s later, at random', () => {
    const range = (attempt: number) => [
      reconnectDelay(attempt, () => 0),
      reconnectDelay(attempt, () => 0.9999999),
    ];
    expect(range(0)).toEqual([1000, 2000]);
    expect(range(1)).toEqual([1000, 4000]);
    expect(range(2)).toEqual([1000, 5000]);
    expect(range(1e6)).toEqual([1000, 5000]);
  });
});
