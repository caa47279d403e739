import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { StartupError } from '../../src/domain/errors.ts';

const load = async (text: string) => (await loadConfig({ text, env: {} })).config.homeAssistant;

describe('the settings for Home Assistant', () => {
  it('tell it nothing unless they are asked to', async () => {
    expect(await load('node: lobby')).toEqual({ enabled: false, discoveryPrefix: 'homeassistant' });
    expect(await load('homeAssistant: { enabled: true, discoveryPrefix: smart/home }')).toEqual({
      enabled: true,
      discoveryPrefix: 'smart/home',
    });
  });

  it.each(['"#"', 'a/+', '""', '/a', 'a/'])(
    'take no prefix that is no beginning of a topic: %s',
    async prefix => {
      const refused = load(`homeAssistant: { discoveryPrefix: ${prefix} }`);
      await expect(refused).rejects.toThrow(StartupError);
      await expect(refused).rejects.toThrow('homeAssistant.discoveryPrefix: must not contain # or +');
    },
  );
});
