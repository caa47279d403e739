import pino from 'pino';

/** What parts use to log: an object of fields first, then one sentence. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: { part: string; camera?: string }): Logger;
}

const CREDENTIALS_IN_URL = /(\w+:\/\/)[^\s/@:]*(?::[^\s/@]*)?@/g;

/** The text with every user:password@ of a URL and every one of `secrets` replaced by `***`. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text.replace(CREDENTIALS_IN_URL, '$1***@');
  for (const secret of secrets) if (secret.length > 0) clean = clean.replaceAll(secret, '***');
  return clean;
}

/** A logger that writes one JSON line per entry, with `secrets` and URL credentials masked in whatever is written. */
export function createLogger(options: {
  level: string;
  secrets?: readonly string[];
  write?: (line: string) => void;
}): Logger {
  const write = options.write ?? (line => void process.stdout.write(line));
  // A secret stands JSON-escaped in the line, so its escaped form is what must be masked.
  const secrets = (options.secrets ?? []).map(secret => JSON.stringify(secret).slice(1, -1));
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    { write: line => write(redact(line, secrets)) },
  );
}

/** A logger that drops everything. */
export const silentLogger: Logger = pino({ level: 'silent' });
