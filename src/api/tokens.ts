import { Hono } from 'hono';
import { type Role, type TokenRecord, tokenState } from '../domain/token.ts';
import { tokenId } from '../platform/token-secret.ts';
import { bodyBytes } from './body-chunks.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { ApiEnv } from './environment.ts';
import { parse } from './fields.ts';
import { readJson } from './json-body.ts';
import type { AnswerOf } from './openapi/schemas.ts';
import { NewToken, Rotation, TokenId } from './token-fields.ts';

/** Who changes a token of which customer, and when. */
interface TokenAct {
  readonly by: string;
  readonly at: number;
  readonly customerId: string;
}

/** The tokens as the API needs them; a secret is given out once and kept nowhere. */
export interface ApiTokens {
  /** Looks a token up by the lower-case hex SHA-256 of its 40 digits. */
  find(hash: string): TokenRecord | undefined;
  /** Notes that it was used; nobody waits for it. */
  used(token: TokenRecord, at: number): void;
  list(customerId: string): readonly TokenRecord[];
  create(
    token: TokenAct & { role: Role; name: string; days?: number | undefined },
  ): Promise<{ secret: string; record: TokenRecord }>;
  /** Throws not_found for none of the customer's, invalid_request for one that has ended or was rotated before. */
  rotate(
    id: string,
    options: TokenAct & { overlapHours: number },
  ): Promise<{ secret: string; record: TokenRecord; old: TokenRecord }>;
  /** Throws not_found. */
  revoke(id: string, act: TokenAct): Promise<TokenRecord>;
}

const MAX_BODY_BYTES = 4096;
const DEFAULT_OVERLAP_HOURS = 24;

/** The routes /api/v1/tokens: list, create, rotate and revoke the tokens of the caller's own customer. */
export function tokenRoutes({ tokens, now }: Pick<ApiDependencies, 'tokens' | 'now'>): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  const actOf = ({ customerId, by }: ApiEnv['Variables']['caller']) => ({ customerId, by, at: now() });

  app.get('/', c => {
    const at = now();
    return c.json({ tokens: tokens.list(c.get('caller').customerId).map(token => tokenAnswer(token, at)) });
  });

  app.post('/', async c => {
    const asked = parse(NewToken, await jsonOf(c.req.raw));
    const act = actOf(c.get('caller'));
    const { secret, record } = await tokens.create({ ...act, ...asked });
    return c.json({ status: 'success', token: secret, ...tokenAnswer(record, act.at) }, 201);
  });

  app.post('/:id/rotate', async c => {
    const id = parse(TokenId, c.req.param('id'), 'The id of the token');
    const { overlap_hours: overlapHours = DEFAULT_OVERLAP_HOURS } = parse(Rotation, await jsonOf(c.req.raw));
    const act = actOf(c.get('caller'));
    const { secret, record, old } = await tokens.rotate(id, { ...act, overlapHours });
    const replaces = tokenAnswer(old, act.at);
    return c.json({ status: 'success', token: secret, ...tokenAnswer(record, act.at), replaces }, 201);
  });

  app.delete('/:id', async c => {
    const id = parse(TokenId, c.req.param('id'), 'The id of the token');
    const act = actOf(c.get('caller'));
    return c.json({ status: 'success', ...tokenAnswer(await tokens.revoke(id, act), act.at) });
  });

  return app;
}

/** What may be told of a token: never more than the first digits of its hash. */
function tokenAnswer(token: TokenRecord, at: number): AnswerOf<'Token'> {
  const { hash, role, name, createdAt, expiresAt, revokedAt, replacedBy, lastUsedAt } = token;
  const time = (moment: number) => new Date(moment).toISOString();
  return {
    id: tokenId(hash),
    role,
    name,
    state: tokenState(token, at),
    created_at: time(createdAt),
    ...(expiresAt !== undefined && { expires_at: time(expiresAt) }),
    ...(revokedAt !== undefined && { revoked_at: time(revokedAt) }),
    ...(replacedBy !== undefined && { replaced_by: tokenId(replacedBy) }),
    ...(lastUsedAt !== undefined && { last_used_at: time(lastUsedAt) }),
  };
}

/** An empty body stands for an empty object. */
async function jsonOf(request: Request): Promise<Record<string, unknown>> {
  const bytes = await bodyBytes(request, MAX_BODY_BYTES);
  return bytes.length === 0 ? {} : readJson(bytes);
}
