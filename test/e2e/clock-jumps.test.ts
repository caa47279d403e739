import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { personPhoto } from '../../bench/clips.ts';
import { enroll } from '../../scripts/demo/enroll.ts';
import type { DoorDecision } from '../../src/domain/event.ts';
import { freePort } from '../support/brokers.ts';
import {
  createToken,
  type DaemonProcess,
  type DaemonSettings,
  facegate,
  startDaemon,
} from '../support/daemon-process.ts';
import { visitsClip } from '../support/visits.ts';

const LIBRARY = ['x86_64', 'aarch64', 'arm']
  .map(
    machine =>
      `/usr/lib/${machine}-linux-gnu${machine === 'arm' ? 'eabihf' : ''}/faketime/libfaketimeMT.so.1`,
  )
  .find(existsSync);
const DEADLINE_MS = 100_000;
const LEAP = '@2038-01-10 12:00:00';

interface Status {
  readonly clock: { readonly believed: boolean; readonly doubt?: string; readonly leapt: boolean };
  readonly events: { readonly waiting: number; readonly dropped: number };
}

/** A daemon whose clock is set by libfaketime while it runs; somebody comes every eight seconds. There is no broker, so every event waits. One story in order. */
describe('a clock that is set', () => {
  let folder: string;
  let clockFile: string;
  let settings: DaemonSettings;
  let token: string;
  let daemon: DaemonProcess;
  /** Seq and outcome of each decision before the clock was touched. */
  let before: number[];

  const setClock = (to: string) => writeFile(clockFile, `${to}\n`);

  const get = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`${daemon.url}${path}`, { headers: { authorization: `Token ${token}` } });
    return (await answer.json()) as T;
  };
  const decisions = async (): Promise<DoorDecision[]> =>
    (await get<{ events: DoorDecision[] }>('/api/v1/events?type=door_decision&limit=1000')).events;
  const status = () => get<Status>('/api/v1/status');

  /** What was decided after `seq`, once somebody was recognized and it came to `outcome`. */
  const decided = async (seq: number, outcome: string): Promise<DoorDecision[]> => {
    for (const deadline = performance.now() + DEADLINE_MS; ; await sleep(100)) {
      const found = (await decisions()).filter(decision => decision.seq > seq);
      if (found.some(({ decision, reason }) => (reason ?? decision) === outcome)) return found;
      if (performance.now() > deadline)
        throw new Error(`No ${outcome}: ${JSON.stringify(found)}\nLog:\n${daemon.log()}`);
    }
  };
  const grants = (made: readonly DoorDecision[]) => made.filter(({ decision }) => decision === 'grant');
  const lastSeq = async () => (await decisions()).at(-1)?.seq ?? 0;
  const restart = async (to: string) => {
    await daemon.kill();
    await setClock(to);
    daemon = await startDaemon(settings);
  };
  /** Nothing of before has gone. */
  const expectAllKept = async () => {
    const seqs = (await decisions()).map(({ seq }) => seq);
    expect(seqs).toEqual(expect.arrayContaining(before));
    const { events } = await status();
    expect(events.dropped).toBe(0);
    expect(events.waiting).toBeGreaterThanOrEqual(seqs.length);
  };

  beforeAll(async () => {
    if (LIBRARY === undefined) throw new Error('There is no libfaketime: apt-get install -y faketime.');
    folder = await mkdtemp(join(tmpdir(), 'facegate-clock-'));
    clockFile = join(folder, 'clock');
    await setClock('+0');
    const video = pathToFileURL(await visitsClip());
    const door = `customer: acme, cameras: [gate], key: ${'k'.repeat(32)}, cooldownSeconds: 1`;
    settings = {
      folder,
      config: [
        'node: clock',
        'http: { port: 0 }',
        `mqtt: { url: "mqtt://127.0.0.1:${await freePort()}" }`,
        'recognition: { trackTimeoutMs: 1000 }',
        'events: { maxAgeHours: 1 }',
        'history: { retentionDays: 1 }',
        'privacy: { retentionDays: 1, auditDays: 1 }',
        'cameras:',
        `  - { id: gate, url: "${video}", customer: acme }`,
        'doors:',
        `  - { id: main, ${door} }`,
      ],
      env: {
        LD_PRELOAD: LIBRARY,
        FAKETIME_TIMESTAMP_FILE: clockFile,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    };
    token = await createToken(settings, 'acme');
    daemon = await startDaemon(settings);
    await enroll({ url: daemon.url, token, id: 'ada', firstName: 'Ada', photo: await personPhoto() });
  });
  afterAll(async () => {
    await daemon?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  it('opens for who is enrolled while nobody sets it', async () => {
    before = (await decided(0, 'grant')).map(({ seq }) => seq);
    expect((await status()).clock).toEqual({ believed: true, leapt: false });
  });

  it('lets nobody in right after it was set back by an hour', async () => {
    const seq = await lastSeq();
    const then = Date.now() - 1_800_000;
    await setClock('-1h');
    const made = await decided(seq, 'stale');
    // The visit that was under way may have been let in before.
    expect(grants(made.filter(({ decided_at }) => Date.parse(decided_at) < then))).toEqual([]);
    // Of a program that was installed within the last hour, it is before the installation, too.
    expect(['was_set', 'before_install']).toContain((await status()).clock.doubt);
    await expectAllKept();
  });

  it('lets nobody in, and loses nothing, in 1970', async () => {
    const seq = await lastSeq();
    await restart('@1970-01-02 00:00:00');
    expect(grants(await decided(seq, 'stale'))).toEqual([]);
    expect((await status()).clock).toEqual({ believed: false, doubt: 'before_install', leapt: false });
    await expectAllKept();
    expect(daemon.log()).toMatch(/before this program was installed/);
  });

  it('throws nothing and nobody away in 2038, until somebody confirms it', async () => {
    await restart(LEAP);
    expect(await status()).toMatchObject({ clock: { believed: true, leapt: true } });
    await sleep(2000);
    await expectAllKept();
    expect(daemon.log()).toMatch(/erasing of what may not be kept any longer failed/);
    expect(daemon.log()).toMatch(/leapt ahead: nothing is thrown away/);
    expect(await get('/miicloud/person/ada')).toMatchObject({ first_name: 'Ada' });

    const confirmed = await facegate({ ...settings, env: { ...settings.env, FACEGATE_TOKEN: token } }, [
      'clock',
      '--url',
      daemon.url,
      'confirm',
    ]);
    expect(confirmed.stdout).toMatch(/^2038-01-10T12:.* is taken for right\.\n$/);
    expect((await status()).clock).toEqual({ believed: true, leapt: false });
  });

  it('lets nobody in when it is set right again after somebody confirmed what was wrong, until that is confirmed', async () => {
    const seq = await lastSeq();
    await restart('+0');
    expect(grants(await decided(seq, 'stale'))).toEqual([]);
    expect((await status()).clock).toMatchObject({ believed: false, doubt: 'behind' });
    const headers = { authorization: `Token ${token}` };
    await fetch(`${daemon.url}/api/v1/clock/confirm`, { method: 'POST', headers });
    await decided(await lastSeq(), 'grant');
  });
});
