import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PLACEHOLDER = /\$\$\{|\$\{([^}]*)\}?/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
/** The text ends within the user:password@ of a URL. */
const IN_USER_INFO = /^[a-z]+:\/\/[^/?#]*$/i;

/** A value that is to be filled in, or what is wrong with it. */
export type Substitution = { readonly text: string } | { readonly problem: string };

/** Where values come from: a file of that name in systemd's credentials folder, else the environment. */
export interface ValueSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly credentialsDir?: string | undefined;
}

/**
 * The text with every ${NAME} replaced; `$${` stands for `${`. In the user:password@ of a URL the value is
 * percent-encoded, so that a password may hold any character. What was filled in is added to `secrets`.
 */
export function substitute(text: string, source: ValueSource, secrets: Set<string>): Substitution {
  let problem: string | undefined;
  const filled = text.replace(PLACEHOLDER, (placeholder, name: string | undefined, at: number) => {
    if (placeholder === '$${') return '${';
    if (name === undefined || !placeholder.endsWith('}') || !NAME.test(name)) {
      problem ??= 'holds a "${" that is not ${NAME}; write "$${" if the text itself has one';
      return '';
    }
    const value = secretOf(name, source);
    if (value === undefined || value === '') {
      problem ??= `needs \${${name}}, which is neither a credential nor an environment variable with a value`;
      return '';
    }
    secrets.add(value);
    const inUserInfo =
      IN_USER_INFO.test(text.slice(0, at)) && /^[^/?#]*@/.test(text.slice(at + placeholder.length));
    return inUserInfo ? encodeURIComponent(value) : value;
  });
  return problem === undefined ? { text: filled } : { problem };
}

/** A secret by its name: the file of that name among systemd's credentials, else the environment variable. */
export function secretOf(name: string, { env, credentialsDir }: ValueSource): string | undefined {
  const credential = credentialsDir === undefined ? undefined : readCredential(join(credentialsDir, name));
  return credential ?? env[name];
}

function readCredential(path: string): string | undefined {
  try {
    // Editors and echo end a file with a line break that is no part of the password.
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}
