import { progress } from '../report.ts';
import { bombs } from './bombs.ts';
import type { Chance } from './chance.ts';
import { brokenForms, corpusForms } from './forms.ts';
import { largestTaken } from './largest.ts';
import { mutation, soundImages } from './mutations.ts';
import type { Target } from './target.ts';

const SLOW_MS = 1000;
const LARGEST = 'largest that are taken';

/** What images were answered; times in milliseconds, memory in MB. */
export interface ImageOutcome {
  readonly sent: number;
  readonly decoded: number;
  readonly refused: number;
  readonly otherwise: number;
  /** From the request to the answer, on a machine as busy as it is. */
  readonly slowestMs: number;
  /** The most that one image made the daemon and its decoder compute. */
  readonly computedMs: number;
  readonly dearestName: string;
  readonly decoderMb: number;
  readonly rows: readonly (readonly string[])[];
}

/** Sends the corpus, bombs and polyglots, and mutations of sound images, one after the other. */
export async function sendImages(
  target: Target,
  {
    photo,
    corpus,
    mutations,
    chance,
  }: { photo: Buffer; corpus: readonly (readonly [string, Buffer])[]; mutations: number; chance: Chance },
): Promise<ImageOutcome> {
  const sum = {
    ...{ sent: 0, decoded: 0, refused: 0, otherwise: 0 },
    slowestMs: 0,
    computedMs: 0,
    dearestName: '',
    decoderMb: 0,
  };
  const rows: string[][] = [];
  const sound = await soundImages(photo);
  const kinds: [string, number, (at: number) => readonly [string, Buffer]][] = [];
  const made = await bombs(photo);
  const largest = await largestTaken(photo);
  kinds.push(['corpus', corpus.length, at => corpus[at]!]);
  kinds.push(['bombs and polyglots', made.length, at => made[at]!]);
  kinds.push([LARGEST, largest.length, at => largest[at]!]);
  kinds.push(['mutations', mutations, at => [`mutation ${at}`, mutation(sound, chance)]]);
  for (const [kind, count, imageAt] of kinds) {
    const row = { sent: 0, decoded: 0, refused: 0, otherwise: 0, slowestMs: 0, computedMs: 0, decoderMb: 0 };
    const tell = progress(kind);
    for (let at = 0; at < count; at++) {
      const [name, bytes] = imageAt(at);
      const before = target.computedMs();
      const { status, ms, text } = await target.match(bytes);
      const computedMs = Math.max(0, Math.round(target.computedMs() - before));
      row.sent++;
      if (status === 200) row.decoded++;
      else if (status >= 400 && status < 500) row.refused++;
      else {
        row.otherwise++;
        process.stderr.write(`${name} was answered ${status}\n`);
      }
      if (kind === LARGEST && status !== 200) {
        process.stderr.write(`${name} was answered ${status}, although it is small enough: ${text}\n`);
        row.otherwise++;
      }
      if (computedMs > SLOW_MS)
        process.stderr.write(`${name} took ${computedMs} ms of computing to be answered ${status}\n`);
      row.slowestMs = Math.max(row.slowestMs, Math.round(ms));
      row.computedMs = Math.max(row.computedMs, computedMs);
      sum.slowestMs = Math.max(sum.slowestMs, row.slowestMs);
      if (computedMs > sum.computedMs) Object.assign(sum, { computedMs, dearestName: name });
      if (kind !== 'mutations' || at % 100 === 0)
        row.decoderMb = Math.max(row.decoderMb, Math.round(target.peakMb().decoder));
      tell(at + 1, count);
    }
    for (const key of ['sent', 'decoded', 'refused', 'otherwise'] as const) sum[key] += row[key];
    sum.decoderMb = Math.max(sum.decoderMb, row.decoderMb);
    rows.push([kind, ...Object.values(row).map(String)]);
  }
  return { ...sum, rows };
}

/** What forms were answered. */
export interface FormOutcome {
  readonly sent: number;
  readonly refused: number;
  /** Those that were not. */
  readonly taken: string;
  readonly longestBlockMs: number;
  readonly longestName: string;
}

/** Sends forms that are broken, one after the other. */
export async function sendForms(
  target: Target,
  { corpus, chance }: { corpus: readonly (readonly [string, Buffer])[]; chance: Chance },
): Promise<FormOutcome> {
  const taken: string[] = [];
  let longestBlockMs = 0;
  let longestName = '';
  const forms = [...brokenForms(chance), ...corpusForms(corpus)];
  for (const { name, type, body } of forms) {
    const since = Date.now();
    const { status } = await target.send('POST', '/miicloud/person', { body, type });
    if (status < 400 || status >= 500) taken.push(`${name} ${status}`);
    const block = await target.longestBlockMs(since);
    if (block > longestBlockMs) [longestBlockMs, longestName] = [block, name];
  }
  const refused = forms.length - taken.length;
  return { sent: forms.length, refused, taken: taken.slice(0, 5).join('; '), longestBlockMs, longestName };
}
