import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { demoMedia } from '../../scripts/demo/media.ts';
import { freePort } from '../support/brokers.ts';
import {
  createToken,
  type DaemonProcess,
  type DaemonSettings,
  facegate,
  startDaemon,
} from '../support/daemon-process.ts';
import { bytesBelow, tamper } from '../support/store-files.ts';

/** Nothing else that is written looks like it. */
const ID = 'ada-lovelace-1815';

let folder: string;
let settings: DaemonSettings;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facegate-ledger-'));
  settings = {
    folder,
    config: ['http: { port: 0 }', `mqtt: { url: "embedded:${await freePort()}" }`, 'engine: { workers: 1 }'],
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('accounts for a person from enrollment to erasure, through a change of the key, beside the daemon and without it', async () => {
  const token = await createToken(settings, 'acme', 'admin');
  const daemon: DaemonProcess = await startDaemon(settings);
  const own = { ...settings, env: { FACEGATE_TOKEN: token, FACEGATE_URL: daemon.url } };
  const run = (...args: string[]) => facegate(own, args);
  try {
    const [{ photo }] = (await demoMedia()).persons;
    await run('person', 'enroll', '--id', ID, '--consent-id', 'paper-7', photo);
    expect(await run('key', 'rotate')).toMatchObject({ code: 0, stdout: expect.stringContaining('new key') });
    const { stdout } = await run('person', 'delete', ID);
    const receipt = /^receipt: (v1\.\S+)$/m.exec(stdout)![1]!;
    expect(await run('person', 'receipt', receipt, '--id', ID)).toMatchObject({ code: 0 });
    expect(await run('person', 'receipt', receipt, '--id', 'bob')).toMatchObject({ code: 1 });
    const list = (await run('audit', 'list')).stdout.trim().split('\n');
    expect(list.map(line => JSON.parse(line).act)).toEqual([
      'store.create',
      'token.create',
      'person.enroll',
      'key.rotate',
      'person.delete',
    ]);
    for (const where of [['--daemon'], []])
      expect(await run('audit', 'verify', ...where)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^The audit log is intact: \d entries, head \d [0-9a-f]{64}/),
      });
  } finally {
    await daemon.stop();
  }
  // Neither the log nor any byte of the store names who was erased.
  expect(daemon.log().length).toBeGreaterThan(100);
  for (const text of [daemon.log(), bytesBelow(join(folder, 'state'))])
    for (const name of [ID, 'paper-7', token]) expect(text).not.toContain(name);
  await tamper(join(folder, 'state'), 'audit', ([, second], table) => table.remove(second!.key));
  expect(await run('audit', 'verify')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('not intact: entry 2 is missing'),
  });
});
