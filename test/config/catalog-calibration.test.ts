import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Calibration, loadCatalog } from '../../src/config/catalog.ts';
import { catalogFile } from '../support/engine.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'facegate-catalog-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** The shipped catalog with another calibration table. */
async function withCalibration(calibration: unknown): Promise<string> {
  const file = join(dir, 'catalog.json');
  const catalog = JSON.parse(await readFile(catalogFile, 'utf8')) as { models: { task: string }[] };
  const models = catalog.models.map(entry => (entry.task === 'embedder' ? { ...entry, calibration } : entry));
  await writeFile(file, JSON.stringify({ models }));
  return file;
}

const table: Calibration = {
  dataset: 'made up',
  comparisons: 1000,
  points: [
    { fmr: 1e-1, similarity: 0.2 },
    { fmr: 1e-2, similarity: 0.3 },
  ],
};

describe('the calibration table of a catalog entry', () => {
  it('is taken as it stands', async () => {
    const { models } = await loadCatalog(await withCalibration(table));
    expect(models).toContainEqual(expect.objectContaining({ calibration: table }));
  });

  it.each([
    ['out of order', { ...table, points: [...table.points].reverse() }],
    [
      'in which a rarer error needs less similarity',
      {
        ...table,
        points: [
          { fmr: 1e-1, similarity: 0.3 },
          { fmr: 1e-2, similarity: 0.2 },
        ],
      },
    ],
    ['with a point twice', { ...table, points: [table.points[0], table.points[0]] }],
    ['without points', { ...table, points: [] }],
    ['without comparisons', { ...table, comparisons: 0 }],
    ['with a rate that is none', { ...table, points: [{ fmr: 0, similarity: 0.3 }] }],
  ])('is refused %s', async (_, calibration) => {
    await expect(loadCatalog(await withCalibration(calibration))).rejects.toThrow(/calibration/);
  });
});
