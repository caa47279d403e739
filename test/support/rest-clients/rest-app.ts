import type { Hono } from 'hono';
import { createApp } from '../../../src/api/app.ts';
import type { ApiBackups } from '../../../src/api/backups.ts';
import type { ApiDependencies, MigrationProgress } from '../../../src/api/dependencies.ts';
import type { ApiEnv } from '../../../src/api/environment.ts';
import type { ApiLedger, LedgerAct } from '../../../src/api/ledger.ts';
import { openTokens } from '../../../src/daemon/tokens.ts';
import type { Role, TokenRecord } from '../../../src/domain/token.ts';
import { type Gallery, openGallery } from '../../../src/gallery/gallery.ts';
import type { GalleryStore } from '../../../src/gallery/gallery-store.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import { tokenHash } from '../../../src/platform/token-secret.ts';
import type { Store } from '../../../src/store/store.ts';
import type { TokenTable } from '../../../src/store/tables/token-table.ts';
import { createMemoryStore } from '../memory-store.ts';
import { createMemoryTokens } from '../memory-tokens.ts';
import { enrollmentPolicy } from '../people.ts';
import { scriptedCamera } from './scripted-cameras.ts';
import { analyzeScripted, chooseLargest, decideSimply } from './scripted-engine.ts';

/** Tokens the test daemon knows: one per role of customer acme, an admin of another customer, one expired and one revoked. */
export const TOKENS = {
  reader: 'a'.repeat(40),
  operator: 'b'.repeat(40),
  admin: '0e653da4969a757d21de0ffa6387d5fbd6401131',
  other: 'd'.repeat(40),
  expired: 'e'.repeat(40),
  revoked: 'f'.repeat(40),
} as const;

// The images then bear the time that the reference shows.
const ENROLLED_AT = 1_554_572_945_550.801;

/** When the test's clock stands still, in milliseconds since the epoch. */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

const CAMERAS = [
  scriptedCamera('acme', { id: 'door', frames: 10, dropped: 1, lastFrameAt: NOW, since: NOW - 1000 }),
  scriptedCamera('acme', {
    id: 'gate',
    phase: 'backoff',
    reason: 'dns',
    message: 'The name is unknown.',
    restarts: 3,
    since: NOW - 5000,
  }),
  scriptedCamera('other', { id: 'vault' }),
];

const IDLE: MigrationProgress = {
  state: 'idle',
  persons: { done: 0, total: 0 },
  templates: { migrated: 0, notKept: 0, unreadable: 0, refused: 0 },
  needsEnrollment: 0,
};

const NONE = { total: 0, worst: [] };
const EMPTY_AUDIT: Awaited<ReturnType<ApiDependencies['audit']>> = {
  exact: true,
  persons: 0,
  templates: 0,
  compared_templates: 0,
  other_model_templates: 0,
  threshold: 0.5,
  own_threshold: 0.5,
  min_norm: 1,
  weak: NONE,
  confusable: NONE,
  outlying: NONE,
  needs_enrollment: NONE,
};

const NO_BACKUPS: ApiBackups = {
  make: async () => ({
    name: 'none',
    createdAt: '2026-01-02T03:04:05.000Z',
    bytes: 0,
    keyId: '0'.repeat(16),
  }),
  list: () => [],
};

/** A clock that is believed. */
export const SURE: ApiDependencies['clock'] = {
  doubt: () => undefined,
  hasLeapt: () => false,
  settle: async () => undefined,
};

/** Nothing waits. */
export const NO_DELIVERIES: ApiDependencies['deliveries'] = {
  undelivered: () => [],
  forget: async () => 0,
  counts: () => ({
    events: { waiting: 0, damaged: 0, dropped: 0 },
    broker: { connected: true },
    webhooks: { waiting: 0, undelivered: 0 },
  }),
};

/** The real app over the real gallery, a store in memory and a scripted engine; `overrides` replaces parts of it. */
export async function createRestApp(overrides: Partial<ApiDependencies> = {}): Promise<Hono<ApiEnv>> {
  const tokens = createMemoryTokens();
  await addTokens(tokens);
  return createApp({
    gallery: overrides.gallery ?? (await openScriptedGallery(createMemoryStore())),
    tokens: openTokens({ tokens, log: silentLogger }),
    analyze: analyzeScripted,
    chooseFace: chooseLargest,
    decide: decideSimply,
    ledger: ledgerOf(createMemoryStore()),
    deliveries: NO_DELIVERIES,
    clock: SURE,
    doors: { has: () => false, tryFace: () => Promise.reject(new Error('no door')) },
    history: { ...createMemoryStore().history, subscribe: () => () => undefined },
    snapshots: { read: async () => undefined },
    exports: { templates: () => [], note: async () => undefined },
    backups: NO_BACKUPS,
    metrics: { mediaType: 'text/plain; version=0.0.4', text: async () => '', answered: () => undefined },
    migration: { start: () => IDLE, status: () => IDLE },
    keepImages: false,
    audit: async () => EMPTY_AUDIT,
    cameras: () => CAMERAS,
    readiness: () => ({ ready: true, reasons: [] }),
    limits: { maxUploadBytes: 1024 * 1024, requestsPerSecond: Number.POSITIVE_INFINITY },
    now: () => NOW,
    log: silentLogger,
    ...overrides,
  });
}

/** Adds `TOKENS`. */
export async function addTokens(tokens: Pick<TokenTable, 'add'>): Promise<void> {
  const add = (token: string, customerId: string, role: Role, more: Partial<TokenRecord> = {}) =>
    tokens.add({ hash: tokenHash(token), customerId, role, name: '', createdAt: NOW - 1000, ...more });
  await add(TOKENS.reader, 'acme', 'reader');
  await add(TOKENS.operator, 'acme', 'operator');
  await add(TOKENS.admin, 'acme', 'admin', { expiresAt: NOW + 1 });
  await add(TOKENS.other, 'other', 'admin');
  await add(TOKENS.expired, 'acme', 'admin', { expiresAt: NOW });
  await add(TOKENS.revoked, 'acme', 'admin', { revokedAt: NOW - 1 });
}

/** The ledger over a store, written at once. */
export function ledgerOf({ audit, receipts, rotateKey }: Store): ApiLedger {
  const note = (act: LedgerAct) => void audit.record([act]);
  return { note, page: audit.page, verify: audit.verify, receipts, rotateKey };
}

/** The real gallery for the embeddings of the scripted engine. */
export function openScriptedGallery(
  store: GalleryStore,
  options: { requireConsent?: boolean } = {},
): Promise<Gallery> {
  return openGallery({
    store,
    embedderId: 'scripted',
    maxImages: 40,
    policy: enrollmentPolicy(),
    log: silentLogger,
    now: () => ENROLLED_AT,
    ...options,
  });
}

/** A request with the admin's token unless `init.headers` says otherwise; the JSON answer beside its response. */
export async function call(
  app: Hono<ApiEnv>,
  method: string,
  path: string,
  init: {
    headers?: Record<string, string>;
    body?: string | Uint8Array;
    address?: string;
    closing?: AbortSignal;
  } = {},
) {
  const { headers, body, address, closing } = init;
  const response = await app.request(
    path,
    {
      method,
      headers: { authorization: `Token ${TOKENS.admin}`, ...headers },
      ...(body !== undefined && { body, duplex: 'half' }),
    } as RequestInit,
    { address, closing },
  );
  const text = await response.text();
  const isJson = text !== '' && response.headers.get('content-type')?.startsWith('application/json');
  return { response, status: response.status, json: isJson ? JSON.parse(text) : undefined };
}

/** One part of a hand-written form: a text field, or a file where `file` names it. */
export interface Part {
  readonly name: string;
  readonly value: string | Uint8Array;
  readonly file?: string;
}

/** A multipart form as the reference's client writes it: the file part's own type is the literal `multipart/form-data`. */
export function clientForm(parts: readonly Part[], boundary = 'b0undary') {
  const pieces = parts.flatMap(({ name, value, file }) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`,
    file === undefined ? '' : `; filename="${file}"\r\nContent-Type: multipart/form-data`,
    '\r\n\r\n',
    value,
    '\r\n',
  ]);
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([...pieces, `--${boundary}--\r\n`].map(piece => Buffer.from(piece as string))),
  };
}
