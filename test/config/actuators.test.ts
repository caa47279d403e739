import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';

const SECRET = '0123456789abcdef0123456789abcdef';

const load = (actuators: string, mqtt = '') =>
  loadConfig({
    text: [
      `mqtt: { ${mqtt} }`,
      'cameras: [{ id: gate, url: "rtsp://192.0.2.1/s" }]',
      `doors: [{ id: main, cameras: [gate], key: "\${DOOR_KEY}", ${actuators} }]`,
    ].join('\n'),
    env: { DOOR_KEY: `door${SECRET}`, HOOK: SECRET },
  });

describe('the actuators of a configuration', () => {
  it('are complete with a topic, or with an address and a secret', async () => {
    const { config } = await load(
      'relay: { topic: cmnd/main }, webhook: { url: "https://a.example/x", secret: "${HOOK}" }',
    );
    expect(config.doors[0].relay).toEqual({ topic: 'cmnd/main', payload: 'ON', allowWithoutExpiry: false });
    expect(config.doors[0].webhook).toMatchObject({ secret: SECRET, denyHours: 4, allowPlaintext: false });
  });

  it('have their secrets masked, also one that is written out', async () => {
    const { secrets } = await load(`webhook: { url: "https://a.example/x", secret: "${SECRET}" }`);
    expect(secrets).toContain(SECRET);
  });

  it.each(['url: embedded', 'url: "embedded:1884"', 'protocol: 4'])(
    'are refused where the broker (%s) cannot drop a late command of a relay, unless that is known',
    async mqtt => {
      await expect(load('relay: { topic: cmnd/main }', mqtt)).rejects.toThrow(
        /doors\[0\]\.relay: would never be sent anything.*use one of MQTT 5/,
      );
      const { config } = await load('relay: { topic: cmnd/main, allowWithoutExpiry: true }', mqtt);
      expect(config.doors[0].relay?.allowWithoutExpiry).toBe(true);
    },
  );

  it('are refused where a relay would listen to the events, or a CA is for nothing', async () => {
    await expect(load('relay: { topic: facegate/door/x }')).rejects.toThrow(
      /doors\[0\]\.relay\.topic: lies below facegate\//,
    );
    const { config } = await load('relay: { topic: facegate-relay/x }');
    expect(config.doors[0].relay?.topic).toBe('facegate-relay/x');
    await expect(
      load('webhook: { url: "http://127.0.0.1/x", secret: "${HOOK}", ca: ca.pem }'),
    ).rejects.toThrow(/doors\[0\]\.webhook\.ca: is for https:\/\/ only/);
  });

  it('are refused where they would tell who comes to the whole network, or to many relays', async () => {
    await expect(load('webhook: { url: "http://a.example/x", secret: "${HOOK}" }')).rejects.toThrow(
      /doors\[0\]\.webhook\.url: sends decisions in the clear/,
    );
    await expect(load('relay: { topic: "cmnd/#" }')).rejects.toThrow(
      /doors\[0\]\.relay\.topic: use 1 to 256/,
    );
    await expect(load('relay: { topic: cmnd/main, command: "rm" }')).rejects.toThrow(/command/);
  });
});
