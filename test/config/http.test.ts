import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';

const load = async (http: string) => (await loadConfig({ text: `http: { ${http} }`, env: {} })).config.http;
const refusal = (http: string) =>
  load(http).then(
    () => 'none',
    (error: Error) => error.message,
  );

describe('where the REST server listens', () => {
  it.each(['127.0.0.1', '127.0.0.2', 'localhost', '"::1"'])('may be %s without TLS', async host => {
    expect((await load(`host: ${host}`)).allowPlaintext).toBe(false);
  });

  it.each(['0.0.0.0', '"::"', '192.0.2.7', '""', 'door.example', '127.0.0.1.example'])(
    'may be %s only with TLS, or where that is acknowledged',
    async host => {
      expect(await refusal(`host: ${host}`)).toMatch(/http\.host: .*http\.cert.*http\.allowPlaintext: true/);
      expect(await refusal(`host: ${host}, allowPlaintext: true`)).toBe('none');
      expect(await refusal(`host: ${host}, cert: a.pem, key: a.key`)).toBe('none');
    },
  );

  it('has both a certificate and its key, or neither', async () => {
    expect(await refusal('cert: a.pem')).toMatch(/http\.cert: is of no use alone/);
    expect(await refusal('key: a.key')).toMatch(/http\.key: is of no use alone/);
  });
});
