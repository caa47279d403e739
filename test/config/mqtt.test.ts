import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { StartupError } from '../../src/domain/errors.ts';

async function refusal(text: string, env: Record<string, string> = {}): Promise<string> {
  return loadConfig({ text, env }).then(
    () => 'none',
    (error: unknown) => {
      if (!(error instanceof StartupError) || error.exitCode !== 78) throw error;
      return error.message;
    },
  );
}

describe('the way to the broker', () => {
  it.each([
    'mqtt://192.0.2.7',
    'ws://broker.example/mqtt',
    'mqtt://a:b@localhost.example:1883',
    'mqtt://[2001:db8::1]',
  ])('is refused in the clear to another host: %s', async url => {
    expect(await refusal(`mqtt:\n  url: "${url}"\n`)).toMatch(
      /^config:2:8 mqtt\.url: .*in the clear.*allowPlaintext/,
    );
    expect(await refusal(`mqtt: {url: "${url}", allowPlaintext: true}\n`)).toBe('none');
  });

  it.each([
    'mqtt://127.0.0.1:1',
    'mqtt://localhost',
    'ws://[::1]:9001',
    'mqtts://192.0.2.7',
    'wss://h/mqtt',
    'embedded',
  ])('is taken as it is: %s', async url => {
    expect(await refusal(`mqtt:\n  url: "${url}"\n`)).toBe('none');
  });

  it('takes a key only with its certificate, and both only with TLS', async () => {
    const secure = 'mqtt: {url: mqtts://h, ';
    expect(await refusal(`${secure}cert: a.pem}`)).toMatch(/give both mqtt\.cert and mqtt\.key/);
    expect(await refusal(`${secure}key: a.pem}`)).toMatch(/give both mqtt\.cert and mqtt\.key/);
    expect(await refusal(`${secure}ca: c.pem, cert: a.pem, key: b.pem}`)).toBe('none');
    expect(await refusal('mqtt: {ca: c.pem}')).toMatch(/mqtt\.ca: is used with mqtts/);
  });

  it('takes the key itself as a credential, and masks it', async () => {
    const MQTT_KEY = '-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----';
    const text = 'mqtt: {url: mqtts://h, cert: a.pem, key: "${MQTT_KEY}"}';
    const { config, secrets } = await loadConfig({ text, env: { MQTT_KEY } });
    expect(config.mqtt.key).toBe(MQTT_KEY);
    expect(secrets).toContain(MQTT_KEY);
  });
});
