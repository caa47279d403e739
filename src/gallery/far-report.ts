import { findings, fourDigits } from './audit-findings.ts';
import type { FarReport } from './audit-report.ts';
import type { IndexSnapshot } from './index-snapshot.ts';
import type { PairScan } from './pair-scan.ts';

/** The gallery measured against itself at a threshold; -1 stands where there was nothing to compare. */
export function farReport(snapshot: IndexSnapshot, scan: PairScan, threshold: number): FarReport {
  const { strangers } = scan;
  const quantile = (share: number) => fourDigits(strangers.quantile(share));
  return {
    strangers: {
      comparisons: strangers.total,
      max: fourDigits(strangers.max),
      p50: quantile(0.5),
      p99: quantile(0.99),
      p99_9: quantile(0.999),
      p99_99: quantile(0.9999),
      images_above_threshold: scan.stranger.reduce((sum, best) => sum + (best >= threshold ? 1 : 0), 0),
      persons: worstStrangers(snapshot, scan),
    },
    genuine: leaveOneOut(snapshot, scan, threshold),
  };
}

function worstStrangers({ persons }: IndexSnapshot, scan: PairScan): FarReport['strangers']['persons'] {
  let at = 0;
  const worst = persons.flatMap(({ customerPersonId, templates }) => {
    let best = -1;
    for (const end = at + templates.length; at < end; at++)
      if (scan.strangerOf[at] >= 0 && (best < 0 || scan.stranger[at] > scan.stranger[best])) best = at;
    if (best < 0) return [];
    const like = persons[scan.strangerOf[best]].customerPersonId;
    return [{ customer_person_id: customerPersonId, similarity: scan.stranger[best], most_like: like }];
  });
  worst.sort((a, b) => b.similarity - a.similarity);
  return findings(worst, each => ({ ...each, similarity: fourDigits(each.similarity) }));
}

function leaveOneOut(
  { persons }: IndexSnapshot,
  { own, stranger }: PairScan,
  threshold: number,
): FarReport['genuine'] {
  const scores = own.filter(score => !Number.isNaN(score)).sort();
  const at = (share: number) =>
    scores.length === 0 ? -1 : fourDigits(scores[Math.floor(share * (scores.length - 1))]);
  const mistaken = own.reduce(
    (sum, score, template) => sum + (stranger[template] >= threshold && stranger[template] > score ? 1 : 0),
    0,
  );
  return {
    images: scores.length,
    persons: persons.filter(({ templates }) => templates.length > 1).length,
    min: at(0),
    p1: at(0.01),
    p5: at(0.05),
    p50: at(0.5),
    missed: scores.reduce((sum, score) => sum + (score < threshold ? 1 : 0), 0),
    mistaken,
  };
}
