import type { ImportPlan } from './person-import-plan.ts';
import type { PhotoOutcome } from './person-import-run.ts';
import { createProgressLine } from './progress-line.ts';
import type { Terminal } from './terminal.ts';

/** Counts what becomes of the photos and tells how far the import is. */
export interface ImportReport {
  add(outcome: PhotoOutcome): void;
  /** A line between the lines of progress. */
  note(line: string): void;
  /** Prints what came of it all; how many files and rows were not enrolled. */
  finish(options: { json: boolean; end: 'done' | 'stopped' | 'preview' }): number;
}

/** A report of an import after `plan`. */
export function createImportReport(plan: ImportPlan, terminal: Terminal, now: () => number): ImportReport {
  const total = plan.persons.reduce((sum, { photos }) => sum + photos.length, 0);
  const counts = { enrolled: 0, already: 0, again: 0, refused: 0 };
  const failures: object[] = plan.refused.map(({ name, reason }) => ({ file: name, reason }));
  const warnings: object[] = [];
  const lines: string[] = plan.refused.map(({ name, reason }) => `${name}: ${reason}`);
  const startedAt = now();
  const line = createProgressLine(terminal, now);
  const done = () => counts.enrolled + counts.already + counts.again + counts.refused;

  const progress = (): string => {
    const seconds = (now() - startedAt) / 1000;
    const left = counts.enrolled > 0 ? Math.ceil(((total - done()) * seconds) / done()) : undefined;
    const time = left === undefined || left === 0 ? '' : `, about ${duration(left)} left`;
    return `${done()} of ${total} photos, ${counts.refused} refused${time}`;
  };

  const note = (text: string): void => {
    line.clear();
    terminal.note(text);
  };

  return {
    note,
    add: outcome => {
      counts[outcome.outcome]++;
      const { customer_person_id, file, code, reason } = outcome;
      if (outcome.outcome === 'refused') {
        failures.push({ customer_person_id, file, code, reason });
        lines.push(`${file}: ${code}: ${reason}`);
      }
      if (outcome.warnings) warnings.push({ customer_person_id, file, warnings: outcome.warnings });
      line.show(progress);
    },
    finish: ({ json, end }) => {
      line.clear();
      const summary = {
        persons: plan.persons.length,
        photos: total,
        ...counts,
        not_reached: total - done(),
        end,
        failures,
        warnings,
      };
      if (json) terminal.print(JSON.stringify(summary));
      else for (const each of [...lines, ...summaryLines(summary)]) terminal.print(each);
      return failures.length;
    },
  };
}

function summaryLines(summary: {
  end: 'done' | 'stopped' | 'preview';
  persons: number;
  enrolled: number;
  already: number;
  again: number;
  refused: number;
  not_reached: number;
  warnings: readonly object[];
}): string[] {
  const { end, persons, enrolled, already, again, refused, not_reached, warnings } = summary;
  if (end === 'preview')
    return [`${persons} persons with ${not_reached} photos would be enrolled; nothing was sent.`];
  const rest = [
    ...(again > 0 ? [`${again} the same photo of the same person twice`] : []),
    ...(not_reached > 0 ? [`${not_reached} not reached`] : []),
  ];
  return [
    [`${enrolled} photos enrolled, ${already} were there already, ${refused} refused`, ...rest].join(', '),
    ...(warnings.length > 0
      ? [
          `${warnings.length} were enrolled with a warning: --json tells them, and so does "facegate person audit"`,
        ]
      : []),
  ];
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
