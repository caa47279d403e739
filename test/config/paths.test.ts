import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogFile, modelsDir, packageRoot, stateDir } from '../../src/config/paths.ts';
import { ConfigSchema } from '../../src/config/schema.ts';

const config = ConfigSchema.parse({});

describe('the folders', () => {
  it('of the package is the one with package.json', () => {
    expect(existsSync(join(packageRoot(), 'package.json'))).toBe(true);
    expect(existsSync(join(packageRoot(), 'src', 'config', 'paths.ts'))).toBe(true);
  });

  it.each<[string, Record<string, string>]>([
    [
      '/var/lib/facegate',
      { STATE_DIRECTORY: '/var/lib/facegate:/var/lib/other', XDG_STATE_HOME: '/x', HOME: '/h' },
    ],
    ['/x/facegate', { XDG_STATE_HOME: '/x', HOME: '/h' }],
    ['/h/.local/state/facegate', { HOME: '/h', STATE_DIRECTORY: '', XDG_STATE_HOME: '' }],
    [join(homedir(), '.local/state/facegate'), {}],
  ])('of the store is %s', (folder, env) => {
    expect(stateDir(config, env)).toBe(folder);
  });

  it.each<[string, Record<string, string>]>([
    ['/var/cache/facegate/models', { CACHE_DIRECTORY: '/var/cache/facegate', XDG_CACHE_HOME: '/x' }],
    ['/x/facegate/models', { XDG_CACHE_HOME: '/x', HOME: '/h' }],
    ['/h/.cache/facegate/models', { HOME: '/h' }],
  ])('of the models is %s', (folder, env) => {
    expect(modelsDir(config, env)).toBe(folder);
  });

  it('are those of the configuration where it names them', () => {
    const own = ConfigSchema.parse({ stateDir: '/s', models: { dir: '/m', catalog: '/c.json' } });
    const env = { STATE_DIRECTORY: '/x', CACHE_DIRECTORY: '/x' };
    expect([stateDir(own, env), modelsDir(own, env), catalogFile(own)]).toEqual(['/s', '/m', '/c.json']);
  });

  it('hold the catalog that ships', () => {
    expect(catalogFile(config)).toBe(join(packageRoot(), 'models', 'catalog.json'));
  });
});
