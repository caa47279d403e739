import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createPersonRecords,
  PERSONS,
  slotOf,
  storedTemplate,
  templatesOf,
} from '../../../src/store/records/person-record.ts';
import { createSealing } from '../../../src/store/records/sealed-record.ts';
import { embeddingOf, newPersonChange } from '../../support/people.ts';

const owner = { ref: randomBytes(16), key: randomBytes(32) };
const records = createPersonRecords();
const { person, templates } = newPersonChange('ada', [1, 2, 3]);
const stored = templates.map(template => storedTemplate(template, false));

describe('the record of a person', () => {
  it('gives back profile and templates to the last bit, in the order of the images', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ dimension: fc.integer({ min: 1, max: 600 }), norm: fc.double({ noNaN: true }) }),
          {
            maxLength: 6,
          },
        ),
        fc.string(),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        (rows, firstName, slot) => {
          const { person, templates } = newPersonChange(
            'ada',
            rows.map((_, at) => at),
          );
          const own = templates.map((template, at) => ({
            ...template,
            norm: rows[at]!.norm + 0,
            embedding: embeddingOf(at, rows[at]!.dimension, `model ${at}`),
          }));
          const whole = { ...person, profile: { firstName } };
          const put = own.map((template, at) => storedTemplate(template, at % 2 === 0)).reverse();
          const record = records.seal(owner, slot, 7, { person: whole, templates: put });
          const opened = records.open(owner, record);
          expect(slotOf(record)).toBe(slot);
          expect(opened.person).toEqual(whole);
          expect(templatesOf(opened)).toEqual(own);
          expect(opened.templates.map(({ hasImage }) => hasImage)).toEqual(own.map((_, at) => at % 2 === 0));
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each([
    ['lacks one', stored.slice(1)],
    ['has one too many', [...stored, { ...stored[0]!, id: 'another' }]],
    ['has the one of another', [...stored.slice(1), { ...stored[0]!, id: 'another' }]],
  ])('is not made where it %s of the templates of the images', (_, wrong) => {
    expect(() => records.seal(owner, 1, 1, { person, templates: wrong })).toThrow(
      /has not the templates of their images/,
    );
  });

  const about = (count: number) =>
    Array.from({ length: count }, () => ({ modelId: 'm', norm: 1, dimension: 4 }));
  const sealed = (head: object, bytesOfVectors: number) => {
    const json = Buffer.from(JSON.stringify(head), 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32LE(json.length);
    const payload = Buffer.concat([length, json, Buffer.alloc(bytesOfVectors)]);
    return Buffer.concat([Buffer.alloc(4), createSealing(PERSONS, 3).seal(owner.ref, owner.key, payload)]);
  };
  it.each([
    ['fewer templates than images', 2, 32],
    ['more templates than images', 4, 64],
    ['too few vectors', 3, 32],
    ['too many vectors', 3, 64],
  ])('is refused where it holds %s', (_, count, bytes) => {
    expect(() => records.open(owner, sealed({ seq: 1, person, templates: about(count) }, bytes))).toThrow(
      /has not the templates of their images/,
    );
    expect(records.open(owner, sealed({ seq: 1, person, templates: about(3) }, 48)).person).toEqual(person);
  });

  it('is none that was sealed before templates were a part of it', () => {
    const old = createSealing(PERSONS).sealJson(owner.ref, owner.key, { seq: 1, person });
    expect(() => records.open(owner, Buffer.concat([Buffer.alloc(4), old]))).toThrow(
      /a record in the place of another \(persons\)/,
    );
  });
});
