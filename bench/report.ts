import { rateOf } from '../test/accuracy/statistics.ts';

/** A share as a percentage with as many places as it needs to be told from nothing. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(share !== 0 && share < 1e-3 ? 4 : 2)} %`;
}

/** A counted share with its 95 % interval. */
export function withInterval(count: number, of: number): string {
  const { rate, low, high } = rateOf(count, of);
  return `${percent(rate)} (${percent(low)} .. ${percent(high)})`;
}

/** Rows in columns of even width. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map(row => row[column].length)));
  return all
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Tells on stderr how far a long step is, each five percent. */
export function progress(what: string): (done: number, of: number) => void {
  let told = 0;
  return (done, of) => {
    const part = Math.floor((20 * done) / of);
    if (part === told) return;
    told = part;
    process.stderr.write(`${what}: ${done} of ${of}\n`);
  };
}

/** Ends the program with what was wrong in one line. */
export function giveUp(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

/** A median and a 95th percentile. */
export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
}

/** Those of the values, by nearest rank. */
export function quantiles(values: number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1];
  return { p50: at(0.5), p95: at(0.95) };
}
