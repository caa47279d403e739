import { createRequire } from 'node:module';
import { writeToStream } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import '../../src/events/client-options.ts';

describe('the options of an MQTT client', () => {
  it('keep client and broker from holding a buffer for each number', () => {
    const own = createRequire(import.meta.url);
    const resolvedBy = (name: string) => createRequire(own.resolve(name)).resolve('mqtt-packet');
    expect(writeToStream.cacheNumbers).toBe(false);
    expect([resolvedBy('mqtt'), resolvedBy('aedes')]).toEqual(Array(2).fill(own.resolve('mqtt-packet')));
  });
});
