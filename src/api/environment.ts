import type { Role } from '../domain/token.ts';

/** Who calls: the token's customer and role. */
export interface Caller {
  readonly customerId: string;
  readonly role: Role;
  /** The token, as the audit log names it: by the first digits of its hash. */
  readonly by: string;
}

/** What the server tells of a request's connection; nothing where the app is called without one. */
export interface Connection {
  /** The client's IP. */
  readonly address?: string | undefined;
  /** Aborts when the server closes: answers without an end of their own must end then. */
  readonly closing?: AbortSignal;
  /** Cuts the connection at once, whatever is still unsent. */
  readonly hangUp?: () => void;
}

/** What travels with a request: the server supplies the bindings, the guard the caller. */
export interface ApiEnv {
  Bindings: Connection;
  Variables: { requestId: string; caller: Caller };
}
