import { describe, expect, it } from 'vitest';
import { StartupError } from '../../src/domain/errors.ts';
import { brokerAddress, embeddedPort } from '../../src/events/broker-address.ts';
import { mqttConfig } from './publishing.ts';

describe('the address of the broker', () => {
  it.each([
    ['mqtt://broker', { protocol: 'mqtt', host: 'broker', port: 1883, versions: [5, 4] }],
    ['mqtts://broker:8884', { protocol: 'mqtts', host: 'broker', port: 8884 }],
    ['mqtt://[::1]:1884', { protocol: 'mqtt', host: '::1', port: 1884 }],
    ['wss://broker/mqtt?x=1', { protocol: 'wss', host: 'broker', port: 443, path: '/mqtt?x=1' }],
    ['embedded', { protocol: 'mqtt', host: '127.0.0.1', port: 1883, versions: [4] }],
    ['embedded:18830', { protocol: 'mqtt', host: '127.0.0.1', port: 18830, versions: [4] }],
  ])('of %s', (url, expected) => {
    expect(brokerAddress(mqttConfig({ url }))).toMatchObject(expected);
  });

  it('takes the login from the settings before that of the URL', () => {
    const url = 'mqtt://a%40b:c%2Fd@broker';
    expect(brokerAddress(mqttConfig({ url }))).toMatchObject({ username: 'a@b', password: 'c/d' });
    expect(brokerAddress(mqttConfig({ url, username: 'e', password: 'f' }))).toMatchObject({
      username: 'e',
      password: 'f',
    });
  });

  it('has no login where none is given', () => {
    const address = brokerAddress(mqttConfig({ url: 'mqtt://broker' }));
    expect('username' in address || 'password' in address).toBe(false);
  });

  it.each([
    'mqtt://',
    'mqtt://user:hunter2@bro ker',
    'mqtt://user:hunter2@broker:99999',
    'mqtt://u:%zz@broker',
  ])('refuses %s and does not repeat it', url => {
    const attempt = () => brokerAddress(mqttConfig({ url }));
    expect(attempt).toThrow(StartupError);
    expect(attempt).not.toThrow(/hunter2|zz/);
  });

  it('is inside the daemon only where the settings say embedded', () => {
    expect(['embedded', 'embedded:0', 'mqtt://embedded'].map(embeddedPort)).toEqual([1883, 0, undefined]);
  });
});
