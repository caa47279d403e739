import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigSchema } from '../../src/config/schema.ts';
import { StartupError } from '../../src/domain/errors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facegate-config-'));
  await writeFile(join(folder, 'MQTT_PASSWORD'), 'from-file\n');
  await writeFile(join(folder, 'camera-key'), 'p@ss/w:rd');
});
afterAll(() => rm(folder, { recursive: true }));

const load = (text: string, env: Record<string, string> = {}) =>
  loadConfig({ file: '/etc/facegate/facegate.yaml', text, env, credentialsDir: folder });

/** The lines that a configuration is refused with. */
async function mistakes(text: string, env: Record<string, string> = {}): Promise<string[]> {
  const error: unknown = await load(text, env).then(
    () => undefined,
    reason => reason,
  );
  expect(error).toBeInstanceOf(StartupError);
  expect((error as StartupError).exitCode).toBe(78);
  return (error as StartupError).message.split('\n');
}

describe('a configuration', () => {
  it('is all defaults where nothing is written', async () => {
    const defaults = ConfigSchema.parse({});
    for (const text of ['', '# only a comment\n', '{}\n'])
      expect((await load(text)).config).toEqual(defaults);
    expect((await loadConfig({ env: {} })).config).toEqual(defaults);
  });

  it('is read from a file', async () => {
    const file = join(folder, 'facegate.yaml');
    await writeFile(file, 'node: lobby\nhttp:\n  port: 9000\n');
    const { config } = await loadConfig({ file, env: {} });
    expect([config.node, config.http.port, config.http.host]).toEqual(['lobby', 9000, '127.0.0.1']);
  });

  it('says which file cannot be read, and why', async () => {
    const missing = loadConfig({ file: '/nowhere/facegate.yaml', env: {} });
    await expect(missing).rejects.toThrow(StartupError);
    await expect(missing).rejects.toThrow(/\/nowhere\/facegate\.yaml.*ENOENT/);
  });

  it('is frozen all the way down', async () => {
    const { config } = await load('cameras:\n  - {id: a, url: rtsp://h/1}\n');
    expect(() => Object.assign(config, { node: 'x' })).toThrow(TypeError);
    expect(() => Object.assign(config.mqtt, { url: 'x' })).toThrow(TypeError);
    expect(() => Object.assign(config.cameras[0], { fps: 1 })).toThrow(TypeError);
  });
});

describe('${NAME} in a value', () => {
  it('is taken from the credentials folder first, then from the environment', async () => {
    const env = { MQTT_PASSWORD: 'from-environment', BASE: 'site-1' };
    const { config, secrets } = await load(
      'mqtt:\n  password: ${MQTT_PASSWORD}\n  baseTopic: a/${BASE}/b\n',
      env,
    );
    expect([config.mqtt.password, config.mqtt.baseTopic]).toEqual(['from-file', 'a/site-1/b']);
    expect(secrets).toEqual(expect.arrayContaining(['from-file', 'site-1']));
  });

  it('uses $CREDENTIALS_DIRECTORY of systemd without being told', async () => {
    const { config } = await loadConfig({
      text: 'mqtt:\n  password: ${MQTT_PASSWORD}\n',
      env: { CREDENTIALS_DIRECTORY: folder },
    });
    expect(config.mqtt.password).toBe('from-file');
  });

  it('is percent-encoded as the password of a URL, and a secret in both forms', async () => {
    const { config, secrets } = await load(
      'cameras:\n  - id: a\n    url: rtsp://me:${camera-key}@h:554/${PATH1}\n',
      {
        PATH1: 'a/b',
      },
    );
    expect(config.cameras[0].url).toBe('rtsp://me:p%40ss%2Fw%3Ard@h:554/a/b');
    expect(new URL(config.cameras[0].url).hostname).toBe('h');
    expect(secrets).toEqual(expect.arrayContaining(['p@ss/w:rd', 'p%40ss%2Fw%3Ard']));
  });

  it('stands for itself behind a second $, and is not looked for in what was filled in', async () => {
    const { config } = await load('mqtt:\n  username: $${A}-$${\n  password: ${B}\n', { B: '${C}' });
    expect([config.mqtt.username, config.mqtt.password]).toEqual(['${A}-${', '${C}']);
  });

  it('is an error with its line where there is no such value, or an empty one', async () => {
    expect(await mistakes('mqtt:\n  username: ${NOPE}\n  password: ${EMPTY}\n', { EMPTY: '' })).toEqual([
      expect.stringMatching(/^facegate\.yaml:2:13 needs \$\{NOPE\}/),
      expect.stringMatching(/^facegate\.yaml:3:13 needs \$\{EMPTY\}/),
    ]);
  });

  it.each(['${../../etc/passwd}', '${}', '${A B}', '${open'])('cannot be %s', async placeholder => {
    expect(await mistakes(`mqtt:\n  password: "${placeholder}"\n`)).toEqual([
      expect.stringContaining('facegate.yaml:2:13 holds a "${" that is not ${NAME}'),
    ]);
  });

  it('is left alone in keys and comments', async () => {
    expect(await mistakes('# ${NOPE}\n"${NOPE}": 1\n')).toEqual([
      'facegate.yaml:2:1 "…" is not a setting; is a space missing after its colon?',
    ]);
  });
});

describe('the secrets of a configuration', () => {
  it('include passwords that are written in it literally', async () => {
    const text = [
      'mqtt: {url: "mqtts://a:broker%2Fpass@h", password: plain-pass}',
      'cameras:',
      '  - {id: a, url: "rtsp://viewer:camera@pass@h/1"}',
    ];
    const { secrets } = await load(text.join('\n'));
    expect(secrets).toEqual(
      expect.arrayContaining(['broker%2Fpass', 'broker/pass', 'plain-pass', 'camera@pass']),
    );
  });

  it('are none where there is no password', async () => {
    expect((await load('cameras:\n  - {id: a, url: "rtsp://h/path@x"}\n')).secrets).toEqual([]);
  });
});

describe('a wrong configuration', () => {
  it.each<[string, string, string]>([
    [
      'a number too large',
      'cameras:\n  - id: a\n    url: rtsp://h/1\n    fps: 99\n',
      '4:10 cameras[0].fps: must be at most 30',
    ],
    ['a number too small', 'engine:\n  maxBatch: 0\n', '2:13 engine.maxBatch: must be at least 1'],
    ['text for a number', 'http:\n  port: x\n', '2:9 http.port: must be a number'],
    ['a fraction for a whole number', 'http:\n  port: 1.5\n', '2:9 http.port: must be a whole number'],
    ['a number for text', 'mqtt:\n  password: 1234\n', '2:13 mqtt.password: must be text; put it in quotes'],
    [
      'a word that is none of the choices',
      'log:\n  level: loud\n',
      '2:10 log.level: must be "debug" or "info" or "warn" or "error" or "silent"',
    ],
    [
      'neither choice of two kinds',
      'engine:\n  workers: many\n',
      '2:12 engine.workers: must be "auto" or a number',
    ],
    ['an empty group', 'mqtt:\nnode: a\n', '1:6 mqtt: must be a group of settings'],
    ['a list that is none', 'cameras: front\n', '1:10 cameras: must be a list'],
    ['a missing setting', 'cameras:\n  - id: a\n', '2:5 cameras[0].url: is missing'],
    [
      'a pattern',
      'node: Lobby 1\n',
      '1:7 node: use 1 to 64 of a-z, 0-9, "-" and "_", beginning with a letter or digit',
    ],
    [
      'a slip',
      'cameras:\n  - {id: a, url: rtsp://h/1, fsp: 3}\n',
      '2:30 cameras[0]: "fsp" is not a setting; did you mean "fps"?',
    ],
    [
      'a slip at the top',
      'recogniton: {}\n',
      '1:1 "recogniton" is not a setting; did you mean "recognition"?',
    ],
    [
      'a slip of case',
      'http:\n  maxuploadbytes: 5\n',
      '2:3 http: "maxuploadbytes" is not a setting; did you mean "maxUploadBytes"?',
    ],
    ['a stranger', 'http:\n  colour: red\n', '2:3 http: "colour" is not a setting'],
    [
      'two cameras of one name',
      'cameras:\n  - {id: a, url: rtsp://h/1}\n  - {id: a, url: rtsp://h/2}\n',
      '3:10 cameras[1].id: is the id of cameras[0] too; every camera needs its own',
    ],
    ['no settings at all', '- a\n', '1:1 must be a group of settings'],
    [
      'a tab',
      'http:\n\tport: 1\n',
      '2:1 is not valid YAML: Tabs are not allowed as indentation; quote text that holds special characters',
    ],
    [
      'a key twice',
      'node: a\nnode: b\n',
      '2:1 is not valid YAML: Map keys must be unique; quote text that holds special characters',
    ],
  ])('is refused with its place for %s', async (_what, text, line) => {
    expect(await mistakes(text)).toEqual([`facegate.yaml:${line}`]);
  });

  it('is told of in whole, in the order of its lines', async () => {
    const lines = await mistakes('nod: a\nhttp:\n  port: x\ncameras:\n  - {id: B, url: foo}\n');
    expect(lines.map(line => line.split(' ')[0])).toEqual([
      'facegate.yaml:1:1',
      'facegate.yaml:3:9',
      'facegate.yaml:5:10',
      'facegate.yaml:5:18',
    ]);
  });

  it.each([
    ['an alias', 'mqtt:\n  password: *hunter2\n'],
    ['an anchor', 'mqtt:\n  password: &hunter2 x\n'],
    ['a tag', 'mqtt:\n  password: !hunter2 x\n'],
    ['an escape', 'mqtt:\n  password: "\\hunter2"\n'],
    ['a block header', 'mqtt:\n  password: >hunter2\n'],
    ['two scalars', 'mqtt:\n  password: "a" hunter2\n'],
    ['a directive', '%YAML hunter2\n---\nnode: a\n'],
    ['a URL of the wrong kind', 'cameras:\n  - {id: a, url: "http://u:hunter2@h/"}\n'],
    ['a list of it', 'mqtt:\n  password: [hunter2]\n'],
    ['a setting of the wrong kind', 'mqtt: hunter2\n'],
    ['a key with a URL', '"rtsp://u:hunter2@h/": 1\n'],
    ['a key without a space', 'mqtt: {password:hunter2}\n'],
    ['a filled in value', 'http:\n  port: ${P}\n'],
  ])('does not repeat a password that was read as %s', async (_what, text) => {
    const lines = await mistakes(text, { P: 'hunter2' });
    expect(lines.join('\n')).toMatch(/^facegate\.yaml:\d+:\d+ /);
    expect(lines.join('\n')).not.toContain('hunter2');
  });
});
