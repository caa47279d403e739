import type { AuditReport, FarReport, Findings } from '../gallery/audit-report.ts';

/** An audit for people to read: what was compared, then each kind of finding with its worst cases. */
export function auditLines(report: AuditReport): string[] {
  const { persons, templates, exact, compared_templates, threshold } = report;
  const scope = exact
    ? 'every image was compared with every other'
    : `only ${compared_templates} images, of persons at even distances, were compared`;
  return [
    `${persons} persons, ${templates} images; ${scope}. A face is known from similarity ${threshold} up.`,
    ...section(
      `images of low norm (below ${report.min_norm}); enroll better ones`,
      report.weak,
      ({ customer_person_id, image, norm }) => `${customer_person_id}  ${image}  norm ${norm}`,
    ),
    ...section(
      `images that do not look like their person's others (below ${report.own_threshold}); check who they show`,
      report.outlying,
      ({ customer_person_id, image, similarity }) =>
        `${customer_person_id}  ${image}  similarity ${similarity}`,
    ),
    ...section(
      'pairs of persons who could be taken for each other; check whether they are one',
      report.confusable,
      ({ customer_person_ids: [a, b], similarity }) =>
        `${a}  ${b}  similarity ${similarity}${similarity >= threshold ? ' (above the threshold)' : ''}`,
    ),
    ...section(
      'persons without an image of the present embedder; enroll them again',
      report.needs_enrollment,
      ({ customer_person_id, images }) => `${customer_person_id}  ${images} images of another embedder`,
    ),
    ...(report.far === undefined ? [] : farLines(report.far, threshold)),
  ];
}

function farLines({ strangers, genuine }: FarReport, threshold: number): string[] {
  const { p50, p99, p99_9, p99_99, max } = strangers;
  return [
    `${strangers.comparisons} comparisons of strangers: median ${p50}, 99 % ${p99}, 99.9 % ${p99_9}, 99.99 % ${p99_99}, highest ${max}`,
    `${strangers.images_above_threshold} images are as similar to a stranger as ${threshold}`,
    ...section(
      "persons' most similar strangers",
      strangers.persons,
      ({ customer_person_id, most_like, similarity }) =>
        `${customer_person_id}  ${most_like}  similarity ${similarity}`,
    ),
    `${genuine.images} images of ${genuine.persons} persons against the person's others: lowest ${genuine.min}, 1 % ${genuine.p1}, 5 % ${genuine.p5}, median ${genuine.p50}`,
    `${genuine.missed} of them would be missed at ${threshold}, ${genuine.mistaken} taken for somebody else`,
  ];
}

function section<T>(title: string, { total, worst }: Findings<T>, line: (finding: T) => string): string[] {
  const rest = total > worst.length ? [`  ... and ${total - worst.length} more`] : [];
  return [`${total} ${title}`, ...worst.map(finding => `  ${line(finding)}`), ...rest];
}
