import type { Match } from '../../../src/domain/person.ts';
import type { TemplateRow } from '../../../src/gallery/search/search-queue.ts';
import { createTopTwo } from '../../../src/gallery/top-two.ts';
import type { VectorRows } from '../../../src/gallery/vector-rows.ts';

/** The exact search in the plainest way: every row in float32, in any order. */
export function plainSearch(rows: VectorRows<TemplateRow>, probe: Float32Array): Match {
  const vector = Float64Array.from(probe);
  const top = createTopTwo();
  for (let row = 0; row < rows.count; row++) {
    const entry = rows.entryAt(row)!;
    top.offer(entry, rows.dot(entry, vector));
  }
  return top.match();
}

/** A row of the person with this number; ids sort as the numbers do. */
export function rowOf(owner: number, template: number): TemplateRow {
  const name = String(owner).padStart(8, '0');
  return {
    owner,
    row: -1,
    personId: `person-${name}`,
    customerPersonId: name,
    templateId: `template-${template}`,
  };
}
