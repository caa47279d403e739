import type { Role } from './dependencies.ts';

/** Who calls: the token's customer and role. */
export interface Caller {
  readonly customerId: string;
  readonly role: Role;
}

/** What travels with a request: the server supplies `address` (the client's IP), the guard sets the rest. */
export interface ApiEnv {
  Bindings: { address?: string | undefined };
  Variables: { requestId: string; caller: Caller };
}
