import { describe, expect, it } from 'vitest';
import { auditLines } from '../../src/cli/audit-lines.ts';
import type { AuditReport } from '../../src/gallery/audit-report.ts';

const none = { total: 0, worst: [] };
const report: AuditReport = {
  exact: true,
  persons: 2,
  templates: 3,
  compared_templates: 3,
  other_model_templates: 0,
  threshold: 0.5,
  own_threshold: 0.4,
  min_norm: 2.8,
  weak: none,
  confusable: none,
  outlying: none,
  needs_enrollment: none,
};

describe('an audit for people to read', () => {
  it('says how much was compared, and that nothing was found', () => {
    const lines = auditLines(report);
    expect(lines[0]).toBe(
      '2 persons, 3 images; every image was compared with every other. A face is known from similarity 0.5 up.',
    );
    expect(lines.slice(1)).toHaveLength(4);
    for (const line of lines.slice(1)) expect(line).toMatch(/^0 /);
  });

  it('says that a large gallery was sampled', () => {
    expect(auditLines({ ...report, exact: false, compared_templates: 2 })[0]).toContain('only 2 images');
  });

  it('tells the worst cases with their numbers, and how many are not told', () => {
    const lines = auditLines({
      ...report,
      weak: { total: 3, worst: [{ customer_person_id: 'ada', image: 'enroll/a.jpg', norm: 1.5 }] },
      confusable: {
        total: 2,
        worst: [
          { customer_person_ids: ['ada', 'bob'], similarity: 0.6 },
          { customer_person_ids: ['ada', 'eve'], similarity: 0.46 },
        ],
      },
      outlying: { total: 1, worst: [{ customer_person_id: 'eve', image: 'enroll/e.jpg', similarity: 0.1 }] },
      needs_enrollment: { total: 1, worst: [{ customer_person_id: 'kim', images: 2 }] },
    });
    expect(lines).toEqual(
      expect.arrayContaining([
        '  ada  enroll/a.jpg  norm 1.5',
        '  ... and 2 more',
        '  ada  bob  similarity 0.6 (above the threshold)',
        '  ada  eve  similarity 0.46',
        '  eve  enroll/e.jpg  similarity 0.1',
        '  kim  2 images of another embedder',
      ]),
    );
  });

  it('tells how the gallery fares against itself', () => {
    const strangers = { comparisons: 2, max: 0.3, p50: 0.1, p99: 0.3, p99_9: 0.3, p99_99: 0.3 };
    const persons = {
      total: 1,
      worst: [{ customer_person_id: 'ada', similarity: 0.3, most_like: 'bob' }],
    };
    const genuine = { images: 2, persons: 1, min: 0.4, p1: 0.4, p5: 0.4, p50: 0.4, missed: 2, mistaken: 0 };
    const lines = auditLines({
      ...report,
      far: { strangers: { ...strangers, images_above_threshold: 0, persons }, genuine },
    });
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^2 comparisons of strangers: .* highest 0\.3$/),
        '  ada  bob  similarity 0.3',
        '2 of them would be missed at 0.5, 0 taken for somebody else',
      ]),
    );
  });
});
