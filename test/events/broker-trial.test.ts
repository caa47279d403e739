import { connect } from 'mqtt';
import { describe, expect, it } from 'vitest';
import { ConfigSchema, type MqttConfig } from '../../src/config/schema.ts';
import { tryBroker } from '../../src/events/broker-trial.ts';
import { freePort, type MosquittoOptions, openMosquitto } from '../support/brokers.ts';

const configFor = (url: string, more: Partial<MqttConfig> = {}): MqttConfig => ({
  ...ConfigSchema.parse({}).mqtt,
  url,
  ...more,
});

async function atBroker<T>(options: MosquittoOptions, use: (url: string) => Promise<T>): Promise<T> {
  const broker = await openMosquitto(options);
  try {
    return await use(broker.url);
  } finally {
    await broker.close();
  }
}

describe.concurrent('a visit at the broker', () => {
  it('says over MQTT 5 that the topics of the node may be written', () =>
    atBroker({ access: ['topic write facegate/front/#'] }, async url => {
      const trial = await tryBroker({ config: configFor(url), node: 'front' });
      expect(trial).toMatchObject({ version: 5, tls: false, mayWrite: 'yes' });
    }));

  it('says over MQTT 5 that they may not', () =>
    atBroker({ access: ['topic write facegate/other/#'] }, async url => {
      expect(await tryBroker({ config: configFor(url), node: 'front' })).toMatchObject({ mayWrite: 'no' });
    }));

  it('claims nothing over MQTT 3.1.1, where a refused message is acknowledged', () =>
    atBroker({ access: ['topic write facegate/other/#'] }, async url => {
      const trial = await tryBroker({ config: configFor(url, { protocol: 4 }), node: 'front' });
      expect(trial).toMatchObject({ version: 4, mayWrite: 'unknown' });
    }));

  it('says that the password was refused', () =>
    atBroker({ login: { username: 'facegate', password: 'right-word' } }, async url => {
      const config = configFor(url, { username: 'facegate', password: 'wrong-word' });
      const { failure } = await tryBroker({ config, node: 'front' });
      expect(failure).toMatch(/check mqtt.username and mqtt.password/);
      expect(failure).not.toContain('wrong-word');
    }));

  it('says that nothing listens there', async () => {
    const { failure } = await tryBroker({
      config: configFor(`mqtt://127.0.0.1:${await freePort()}`),
      node: 'front',
    });
    expect(failure).toMatch(/nothing listens there/);
  });

  it('leaves nothing behind: no retained message, and the node is not called offline', () =>
    atBroker({}, async url => {
      const heard: string[] = [];
      const listener = connect(url);
      await new Promise(resolve => listener.once('connect', resolve));
      await listener.subscribeAsync('facegate/#');
      listener.on('message', (topic, _payload, { retain }) => void heard.push(`${topic} ${retain}`));
      await tryBroker({ config: configFor(url), node: 'front' });
      await listener.publishAsync('facegate/end', '', { qos: 1 });
      await listener.endAsync();
      expect(heard.filter(line => !line.startsWith('facegate/end'))).toEqual(['facegate/front/doctor false']);
    }));
});
