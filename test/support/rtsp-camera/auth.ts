import { createHash } from 'node:crypto';

/** Who may watch, and how they must prove it. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
  readonly scheme: 'digest' | 'basic';
}

const REALM = 'cam';

/** The header that asks a client for its password. */
export function challenge(credentials: Credentials, nonce: string): string {
  return credentials.scheme === 'basic'
    ? `WWW-Authenticate: Basic realm="${REALM}"\r\n`
    : `WWW-Authenticate: Digest realm="${REALM}", nonce="${nonce}"\r\n`;
}

/** Whether an Authorization header proves the password (RFC 2069 digest, without qop, as cheap cameras do it). */
export function accepts(
  credentials: Credentials,
  nonce: string,
  method: string,
  authorization: string | undefined,
): boolean {
  const { user, password, scheme } = credentials;
  if (authorization === undefined) return false;
  if (scheme === 'basic') {
    return authorization === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  }
  const fields = Object.fromEntries(
    [...authorization.matchAll(/(\w+)="?([^",]*)"?/g)].map(match => [match[1]!.toLowerCase(), match[2]!]),
  );
  const response = md5(`${md5(`${user}:${REALM}:${password}`)}:${nonce}:${md5(`${method}:${fields.uri}`)}`);
  return fields.username === user && fields.nonce === nonce && fields.response === response;
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
