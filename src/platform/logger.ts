import pino from 'pino';

/** What parts use to log: an object of fields first, then one sentence. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: { part: string; camera?: string }): Logger;
}

/** Up to the last "@" before the path, so that a password with "@" or ":" in it goes as a whole. */
const CREDENTIALS_IN_URL = /(\w+:\/\/)[^\s/?#"'<>]*@/g;
/** Keys that the logger itself writes; a secret that happens to be spelled like one must not break the line. */
const OWN_KEYS = new Set(['level', 'time', 'part', 'camera', 'msg', 'err', 'type', 'message', 'stack']);

/** The text with every user:password@ of a URL and every one of `secrets`, in any form it may be written in, replaced by `***`. */
export function redact(text: string, secrets: readonly string[] = []): string {
  return mask(text, formsOf(secrets));
}

/** A logger that writes one JSON line per entry, with `secrets` and URL credentials masked in whatever is written. */
export function createLogger(options: {
  level: string;
  secrets?: readonly string[];
  write?: (line: string) => void;
}): Logger {
  const write = options.write ?? (line => void process.stdout.write(line));
  const forms = formsOf(options.secrets ?? []);
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    { write: line => write(maskLine(line, forms)) },
  );
}

/** A logger that drops everything. */
export const silentLogger: Logger = pino({ level: 'silent' });

/** Plain, JSON-escaped and percent-encoded; the longest first, so that no secret leaves the rest of a longer one behind. */
function formsOf(secrets: readonly string[]): string[] {
  const forms = secrets
    .filter(secret => secret !== '')
    .flatMap(secret => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(Buffer.from(secret).toString()),
    ]);
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}

function mask(text: string, forms: readonly string[]): string {
  let clean = text.replace(CREDENTIALS_IN_URL, '$1***@');
  for (const form of forms) clean = clean.replaceAll(form, '***');
  return clean;
}

/** Masks keys and values one by one, because a secret like `"` or `info` replaced in the whole line would break the JSON. */
function maskLine(line: string, forms: readonly string[]): string {
  if (forms.length === 0 && mask(line, forms) === line) return line;
  return `${JSON.stringify(maskValue(JSON.parse(line), forms))}\n`;
}

function maskValue(value: unknown, forms: readonly string[]): unknown {
  if (typeof value === 'string') return mask(value, forms);
  if (typeof value === 'number') return forms.includes(String(value)) ? '***' : value;
  if (Array.isArray(value)) return value.map(item => maskValue(item, forms));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      OWN_KEYS.has(key) ? key : mask(key, forms),
      isOwnWord(key, item) ? item : maskValue(item, forms),
    ]),
  );
}

function isOwnWord(key: string, value: unknown): boolean {
  if (key === 'level') return typeof value === 'string' && Object.hasOwn(pino.levels.values, value);
  return key === 'time' && typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value);
}
