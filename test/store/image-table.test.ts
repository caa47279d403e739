import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/platform/logger.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { deleteChange, embeddingOf, newPersonChange } from '../support/people.ts';
import { ROOMY, removeFolder, temporaryFolder } from '../support/temporary-store.ts';

describe('kept images', () => {
  let dir: string;
  let store: Store;
  const open = (imageKey?: string) =>
    openStore({
      dir,
      log: silentLogger,
      onFatal: error => {
        throw error;
      },
      space: () => ROOMY,
      ...(imageKey !== undefined && { imageKey }),
    });
  const keyFile = () => join(dir, 'image.key');
  /** Everything in the folder but the key, as one text. */
  const onDisk = () =>
    readdirSync(dir)
      .filter(name => name !== 'image.key')
      .map(name => readFileSync(join(dir, name)).toString('latin1'))
      .join('');
  const pixels = Buffer.concat([Buffer.from('JPEG of a face '), randomBytes(20_000)]);
  const enroll = async (seeds: readonly number[] = [1]) => {
    const change = newPersonChange('ada', seeds);
    const keptImages = change.templates.map(({ id }) => ({ templateId: id, bytes: pixels }));
    await store.apply({ ...change, keptImages });
    return change;
  };

  beforeEach(async () => {
    dir = temporaryFolder();
    store = await open();
  });
  afterEach(async () => {
    await store.close();
    removeFolder(dir);
  });

  it('come back byte for byte after a restart, by their person and template only', async () => {
    const { person, templates } = await enroll();
    await store.close();
    store = await open();
    expect(Buffer.from(store.images.get(person.id, templates[0].id)!).equals(pixels)).toBe(true);
    expect(store.images.get(person.id, randomUUID())).toBeUndefined();
    expect(store.images.get(randomUUID(), templates[0].id)).toBeUndefined();
  });

  it('are on the disk neither in plain nor beside their key', async () => {
    await enroll();
    await store.close();
    const disk = onDisk();
    const digits = readFileSync(keyFile(), 'utf8').trim();
    const key = Buffer.from(digits, 'hex');
    expect(disk).toContain('Ada');
    expect(disk).not.toContain('JPEG of a face');
    for (let at = 0; at + 32 <= pixels.length; at += 500)
      expect(disk).not.toContain(pixels.subarray(at, at + 32).toString('latin1'));
    for (const form of [key.toString('latin1'), digits, key.toString('base64')])
      expect(disk).not.toContain(form);
    store = await open();
  });

  it('make a key of their own at the first need, for the owner alone', async () => {
    expect(existsSync(keyFile())).toBe(false);
    await store.apply(newPersonChange('bob'));
    expect(existsSync(keyFile())).toBe(false);
    await enroll();
    expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
    expect(readFileSync(keyFile(), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  });

  it('are sealed with the credential where there is one, and the disk keeps no key', async () => {
    await store.close();
    const credential = randomBytes(32).toString('hex');
    store = await open(credential);
    const { person, templates } = await enroll();
    expect(existsSync(keyFile())).toBe(false);
    await store.close();
    store = await open(randomBytes(32).toString('hex'));
    expect(() => store.images.get(person.id, templates[0].id)).toThrow(/sealed with another key/);
    await store.close();
    await expect(open('too short')).rejects.toMatchObject({ name: 'StartupError' });
    store = await open();
  });

  it('are not followed by others under a new key when theirs is lost', async () => {
    const { person, templates } = await enroll();
    await store.close();
    rmSync(keyFile());
    store = await open();
    expect(() => store.images.get(person.id, templates[0].id)).toThrow(/image\.key is missing/);
    const change = newPersonChange('eve');
    const keptImages = [{ templateId: change.templates[0].id, bytes: pixels }];
    await expect(store.apply({ ...change, keptImages })).rejects.toThrow(/image\.key is missing/);
    expect(store.persons.find('default', 'eve')).toBeUndefined();
    writeFileSync(keyFile(), 'not a key');
    expect(() => store.images.get(person.id, templates[0].id)).toThrow(/64 hex digits/);
  });

  it('are gone with their person, in the same change', async () => {
    const { person, templates } = await enroll([1, 2]);
    expect(store.images.count()).toBe(2);
    await store.apply(deleteChange(person.id));
    expect(store.images.count()).toBe(0);
    expect(store.images.get(person.id, templates[0].id)).toBeUndefined();
  });

  it('go along when another embedder makes the template anew, all in one change', async () => {
    const { person, templates } = await enroll([1, 2]);
    const template = { ...templates[0], id: randomUUID(), embedding: embeddingOf(7, 128, 'next') };
    const replace = { kind: 'replace_templates', at: 3, personId: person.id } as const;
    const replacements = [{ oldId: templates[0].id, template }];
    await store.apply({ ...replace, opId: randomUUID(), replacements });
    expect(store.templates.of(person.id).map(({ id }) => id)).toEqual(
      expect.arrayContaining([template.id, templates[1].id]),
    );
    expect(store.templates.of(person.id)).toHaveLength(2);
    expect(store.persons.get(person.id)!.images.map(({ templateId }) => templateId)).toEqual([
      template.id,
      templates[1].id,
    ]);
    expect(store.images.get(person.id, templates[0].id)).toBeUndefined();
    expect(Buffer.from(store.images.get(person.id, template.id)!).equals(pixels)).toBe(true);
    await expect(store.apply({ ...replace, opId: randomUUID(), replacements })).rejects.toThrow(
      /not those of the person/,
    );
    await store.apply(deleteChange(person.id));
    await expect(store.apply({ ...replace, opId: randomUUID(), replacements })).rejects.toMatchObject({
      code: 'person_not_found',
    });
    expect([...store.templates.all()]).toEqual([]);
  });
});
