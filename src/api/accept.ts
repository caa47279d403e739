/** Whether an `Accept` header (RFC 9110 12.5.1) admits a media type: the most specific range decides, `q=0` excludes. */
export function accepts(accept: string | undefined, type: string): boolean {
  return weightOf(accept, type) > 0;
}

/** Whether an `Accept` header wants `type` more than `usual`. */
export function prefers(accept: string | undefined, type: string, usual: string): boolean {
  return weightOf(accept, type) > weightOf(accept, usual);
}

function weightOf(accept: string | undefined, type: string): number {
  if (accept === undefined || accept.trim() === '') return 1;
  const ranges = ['*/*', `${type.slice(0, type.indexOf('/'))}/*`, type];
  let specificity = 0;
  let quality = 0;
  for (const entry of accept.split(',')) {
    const [range = '', ...parameters] = entry.split(';').map(part => part.trim().toLowerCase());
    const rank = ranges.indexOf(range) + 1;
    if (rank === 0 || rank < specificity) continue;
    const q = qualityOf(parameters);
    quality = rank === specificity ? Math.max(quality, q) : q;
    specificity = rank;
  }
  return quality;
}

function qualityOf(parameters: readonly string[]): number {
  const q = parameters.find(parameter => /^q\s*=/.test(parameter));
  if (q === undefined) return 1;
  const value = Number(q.slice(q.indexOf('=') + 1));
  return Number.isNaN(value) ? 1 : value;
}
