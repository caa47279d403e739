import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { demoMedia } from '../../scripts/demo/media.ts';
import type { AuditReport } from '../../src/gallery/audit-report.ts';
import { freePort } from '../support/brokers.ts';
import {
  createToken,
  type DaemonProcess,
  type DaemonSettings,
  facegate,
  startDaemon,
} from '../support/daemon-process.ts';

let folder: string;
let daemon: DaemonProcess;
let settings: DaemonSettings;
let photos: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facegate-audit-'));
  settings = {
    folder,
    config: ['http: { port: 0 }', `mqtt: { url: "embedded:${await freePort()}" }`, 'engine: { workers: 1 }'],
  };
  const token = await createToken(settings, 'acme', 'operator');
  daemon = await startDaemon(settings);
  settings = { ...settings, env: { FACEGATE_TOKEN: token, FACEGATE_URL: daemon.url } };
  photos = (await demoMedia()).persons.map(({ photo }) => photo);
});
afterAll(async () => {
  await daemon.stop();
  await rm(folder, { recursive: true, force: true });
});

const person = (...args: string[]) => facegate(settings, ['person', ...args]);

it('warns of faces in the wrong place, refuses duplicates where asked, and finds both in an audit', async () => {
  const [ada, bob] = photos;
  expect(await person('enroll', '--id', 'ada', ada)).toMatchObject({ code: 0, stderr: '' });
  const refused = await person('enroll', '--id', 'twin', '--check-duplicates', ada);
  expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('"ada"') });
  const twin = await person('enroll', '--id', 'twin', ada);
  expect(twin).toMatchObject({ code: 0, stderr: expect.stringMatching(/warning: .* belongs to ada/) });
  const mixed = await person('enroll', '--id', 'ada', bob);
  expect(mixed).toMatchObject({ code: 0, stderr: expect.stringContaining("unlike this person's other") });

  const text = await person('audit', '--far');
  expect(text.code).toBe(0);
  expect(text.stdout).toMatch(/^2 persons, 3 images; every image was compared/);
  expect(text.stdout).toMatch(/^ {2}ada {2}twin {2}similarity 1 \(above the threshold\)$/m);
  const { stdout } = await person('audit', '--far', '--json');
  const report = JSON.parse(stdout) as AuditReport;
  expect(report).toMatchObject({
    confusable: { total: 1, worst: [{ similarity: 1 }] },
    outlying: { total: 2 },
    far: { strangers: { comparisons: 2, max: 1 }, genuine: { images: 2, persons: 1, missed: 2 } },
  });
  expect(await person('audit', '--bogus')).toMatchObject({ code: 2 });
});
