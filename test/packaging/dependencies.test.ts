import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isAllowed, productionDependencies } from '../../scripts/licences/report.ts';

const root = join(import.meta.dirname, '../..');
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const dependencies = productionDependencies(lock);
const REGISTRY = 'https://registry.npmjs.org/';
const names = new Set(dependencies.map(({ name }) => name));

describe('what is shipped', () => {
  it('has only licences that allow it', () => {
    expect(dependencies.length).toBeGreaterThan(50);
    expect(dependencies.filter(dependency => !isAllowed(dependency))).toEqual([]);
  });

  it.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0-only)', true],
    ['Apache-2.0 AND GPL-3.0-only', false],
    ['LGPL-3.0-or-later', false],
    [undefined, false],
  ])('would refuse a package whose licence asks for more: %s', (licence, allowed) => {
    expect(isAllowed({ name: 'x', version: '1.0.0', ...(licence && { licence }) })).toBe(allowed);
  });

  it.each(['x64', 'arm64'])('has its native libraries built for Linux on %s', arch => {
    for (const name of [
      `@lmdb/lmdb-linux-${arch}`,
      `@img/sharp-linux-${arch}`,
      `@img/sharp-libvips-linux-${arch}`,
    ])
      expect(names).toContain(name);
    // It holds the libraries of all platforms.
    expect(names).toContain('onnxruntime-node');
  });

  it('comes from the registry, with a hash of each package', () => {
    const packages = Object.entries(
      lock.packages as Record<string, { resolved?: string; integrity?: string }>,
    );
    // Without `resolved` it is the registry that npm is set to.
    const loose = packages.filter(
      ([path, { resolved = REGISTRY, integrity = '' }]) =>
        path !== '' && !(resolved.startsWith(REGISTRY) && integrity.startsWith('sha512-')),
    );
    expect(loose.map(([path]) => path)).toEqual([]);
  });

  it('is listed in the bill of materials', () => {
    const bill = JSON.parse(
      execFileSync(process.execPath, [join(root, 'scripts/sbom.mjs')], {
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
      }),
    );
    const listed = bill.components.map(
      ({ name, version }: { name: string; version: string }) => `${name}@${version}`,
    );
    const shipped = dependencies.map(({ name, version }) => `${name}@${version}`);
    expect(listed.toSorted()).toEqual(shipped.toSorted());
  });
});
