import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { StartupError } from '../../src/domain/errors.ts';
import { parseWeeklyWindow } from '../../src/domain/weekly-window.ts';

const KEY = 'a-door-secret-that-is-long-enough-0';
const CAMERAS = [
  'cameras:',
  '  - { id: gate, url: rtsp://h/1 }',
  '  - { id: live, url: rtsp://h/2, liveness: report }',
  '  - { id: other, url: rtsp://h/3, customer: other }',
];

const load = (...doors: string[]) =>
  loadConfig({
    text: [...CAMERAS, 'doors:', ...doors.map(door => `  - { ${door} }`)].join('\n'),
    env: { KEY },
  });

async function mistakes(...doors: string[]): Promise<string[]> {
  const error: unknown = await load(...doors).catch(reason => reason);
  expect(error).toBeInstanceOf(StartupError);
  return (error as StartupError).message.split('\n').map(line => line.replace(/^\S+ /, ''));
}

describe('a door of the configuration', () => {
  it('needs a camera and a key, and has sane defaults', async () => {
    const { config, secrets } = await load('id: main, cameras: [gate], key: "${KEY}"');
    expect(config.doors).toEqual([
      {
        id: 'main',
        customer: 'default',
        cameras: ['gate'],
        key: KEY,
        groups: [],
        schedule: { timeZone: 'UTC', windows: [], holidays: [] },
        liveness: 'off',
        cooldownSeconds: 5,
        decisionTtlSeconds: 5,
        unlockMs: 3000,
      },
    ]);
    expect(secrets).toContain(KEY);
    expect((await load(`id: main, cameras: [gate], key: ${KEY}`)).secrets).toContain(KEY);
    expect(await mistakes('id: main')).toEqual(['doors[0].cameras: is missing', 'doors[0].key: is missing']);
  });

  it.each([
    ['cameras: [nowhere]', 'doors[0].cameras[0]: is the id of no camera; give one of those under cameras'],
    ['cameras: [gate, other]', 'doors[0].cameras[1]: is a camera of another customer than the door'],
    [
      'cameras: [live, gate], liveness: require',
      'doors[0].cameras[1]: is a camera with liveness off, and the door requires it; set that of the camera to report or require',
    ],
    [
      'cameras: [gate], schedule: { timeZone: Mars/Olympus }',
      'doors[0].schedule.timeZone: use the name of an IANA time zone, for example "Europe/Berlin" or "UTC"',
    ],
    [
      'cameras: [gate], schedule: { timeZone: "+02:00" }',
      'doors[0].schedule.timeZone: use the name of an IANA time zone, for example "Europe/Berlin" or "UTC"',
    ],
    [
      'cameras: [gate], schedule: { holidays: ["2026-02-30"] }',
      'doors[0].schedule.holidays[0]: write a date as "2026-12-25"',
    ],
    ['cameras: [gate], decisionTtlSeconds: 2', 'doors[0].decisionTtlSeconds: must be at least 3'],
  ])('is refused with a sentence: %s', async (settings, sentence) => {
    expect(await mistakes(`id: main, key: ${KEY}, ${settings}`)).toEqual([sentence]);
  });

  it('has an example to copy that works once its comment marks are gone', async () => {
    const file = join(import.meta.dirname, '../../config/facegate.yaml');
    const lines = readFileSync(file, 'utf8').split('\n');
    const example = (list: string) =>
      lines
        .slice(lines.indexOf(`# ${list}:`), lines.indexOf(`${list}: []`))
        .map(line => line.replace(/^# /, ''));
    const text = [...example('cameras'), ...example('doors')].join('\n');
    const env = { CAMERA_PASSWORD: 'x', DOOR_KEY: KEY, WEBHOOK_SECRET: KEY };
    const { config } = await loadConfig({ text, env });
    expect(config.doors).toMatchObject([{ id: 'main', cameras: ['front-door'], key: KEY }]);
  });

  it('is refused where its id is that of another, or its key is short, which is not shown', async () => {
    expect(
      await mistakes(`id: main, key: ${KEY}, cameras: [gate]`, `id: main, key: ${KEY}, cameras: [gate]`),
    ).toEqual(['doors[1].id: is the id of doors[0] too; every door needs its own']);
    expect(await mistakes('id: main, key: short-secret, cameras: [gate]')).toEqual([
      'doors[0].key: must be at least 32 characters',
    ]);
  });

  it('is refused where a window of its schedule cannot be read', async () => {
    const window = async (text: string) =>
      (await mistakes(`id: main, key: ${KEY}, cameras: [gate], schedule: { windows: ["${text}"] }`))[0];
    for (const text of [
      '7-19',
      'mon-fri 7:00-19:00',
      'mon 25:00-26:00',
      'mon 08:00-08:00',
      'noday 08:00-09:00',
    ])
      expect(await window(text)).toMatch(
        /^doors\[0\]\.schedule\.windows\[0\]: write days and times as "mon-fri/,
      );
  });
});

describe('a weekly window', () => {
  it.each([
    ['mon-fri 07:00-19:00', [0, 1, 2, 3, 4], 420, 1140],
    ['sat-mon 00:00-24:00', [5, 6, 0], 0, 1440],
    ['mon,wed-thu,wed 22:30-06:00', [0, 2, 3], 1350, 360],
  ])('is read from %j', (text, days, from, to) => {
    expect(parseWeeklyWindow(text)).toEqual({ days, from, to });
  });
});
