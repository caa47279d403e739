import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createToken, type DaemonProcess, startDaemon } from '../support/daemon-process.ts';
import { groupPhoto } from '../support/media.ts';

describe('a daemon whose image decoder dies', () => {
  let folder: string;
  let daemon: DaemonProcess;
  let token: string;
  let photo: Buffer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-decoder-'));
    const settings = {
      folder,
      config: ['http: { port: 0, maxImagePixels: 30000000 }', 'mqtt: { url: "mqtt://127.0.0.1:1" }'],
    };
    token = await createToken(settings, 'acme');
    daemon = await startDaemon(settings);
    photo = await readFile(await groupPhoto(2));
  });
  afterAll(async () => {
    await daemon.stop();
    rmSync(folder, { recursive: true });
  });

  const match = async (image: Uint8Array) => {
    const form = new FormData();
    form.set('image_path', new Blob([new Uint8Array(image)]), 'a.jpg');
    const headers = { authorization: `Token ${token}` };
    const answer = await fetch(`${daemon.url}/miicloud/match_faces`, { method: 'POST', headers, body: form });
    return { status: answer.status, text: await answer.text() };
  };
  /** The processes that decode for this daemon. */
  const decoders = () =>
    readdirSync(`/proc/${daemon.process.pid}/task`)
      .flatMap(thread =>
        readFileSync(`/proc/${daemon.process.pid}/task/${thread}/children`, 'utf8').split(' '),
      )
      .filter(pid => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('still-program'))
      .map(Number);

  it('goes on matching, to the bit as before, while it is killed again and again', async () => {
    const before = await match(photo);
    expect(JSON.parse(before.text).faces.length).toBeGreaterThan(0);
    const killed = new Set<number>();
    for (let i = 0; i < 5; i++) {
      const [pid, ...others] = decoders();
      expect(others).toEqual([]);
      killed.add(pid!);
      const answers = Promise.all([match(photo), match(photo)]);
      process.kill(pid!, 'SIGKILL');
      for (const answer of await answers) expect(answer).toEqual(before);
    }
    expect(killed.size).toBe(5);
    expect(daemon.process.exitCode).toBeNull();
  });

  it('refuses an image that takes more memory than it may, and goes on', async () => {
    const before = await match(photo);
    const flat = sharp({ create: { width: 5400, height: 5400, channels: 4, background: 'teal' } });
    const greedy = await flat.toColourspace('rgb16').png({ progressive: true }).toBuffer();
    const [first, beside] = await Promise.all([match(greedy), match(photo)]);
    expect([200, 400, 413]).toContain(first.status);
    expect(beside).toEqual(before);
    expect(await match(photo)).toEqual(before);
  });
});
