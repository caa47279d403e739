import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../src/recognition/frame-fingerprint.ts';
import { createTamperWatch } from '../../src/recognition/tamper.ts';
import { faceVideo, testClip } from '../support/media.ts';

const [WIDTH, HEIGHT] = [160, 120];
const FPS = 5;

/** What a watch says of what ffmpeg decodes, at five pictures per second, with the second it is said at. */
async function watch(input: readonly string[], filter = 'null') {
  const output = [
    '-vf',
    `${filter},fps=${FPS},scale=${WIDTH}:${HEIGHT}`,
    '-pix_fmt',
    'rgb24',
    '-f',
    'rawvideo',
    '-',
  ];
  const { stdout } = await promisify(execFile)(
    'ffmpeg',
    ['-v', 'error', '-threads', '1', ...input, ...output],
    {
      encoding: 'buffer',
      maxBuffer: 2 ** 28,
      timeout: 120_000,
    },
  );
  const tamper = createTamperWatch();
  const bytes = WIDTH * HEIGHT * 3;
  const pictures = stdout.length / bytes;
  const said = Array.from({ length: pictures }, (_, at) => {
    const data = new Uint8Array(stdout.subarray(at * bytes, (at + 1) * bytes));
    const fingerprint = fingerprintOf({ format: 'rgb24', width: WIDTH, height: HEIGHT, data });
    return { second: at / FPS, kind: tamper.add({ fingerprint, at: (1000 * at) / FPS }) };
  });
  return { pictures, said: said.filter(({ kind }) => kind !== undefined) };
}

/** A scene in which nothing moves but the noise of the sensor, coded as by a camera. */
const noisyScene = () =>
  testClip({ picture: 'smptebars', filter: 'noise=alls=4:allf=t', seconds: 10, container: 'mp4' });

describe('a recording, decoded by ffmpeg,', () => {
  it.each(['cap12_edit', 'cap13_edit2'] as const)(
    'of a man (%s) is no tampering when played once',
    async name => {
      const { pictures, said } = await watch(['-i', await faceVideo(name)]);
      expect(pictures).toBeGreaterThan(140);
      expect(said).toEqual([]);
    },
  );

  it('of a man is looped when played twice, soon after it begins again', async () => {
    const { said } = await watch(['-stream_loop', '1', '-i', await faceVideo('cap13_edit2')]);
    expect(said).toEqual([{ second: expect.any(Number), kind: 'looped' }]);
    expect(said[0]!.second).toBeGreaterThan(30.6);
    expect(said[0]!.second).toBeLessThan(33);
  });

  it('of a rendered scene is looped, also where its length is no multiple of the time between pictures', async () => {
    const clip = await testClip({ seconds: 2.12, container: 'mp4' });
    const { said } = await watch(['-stream_loop', '9', '-i', clip]);
    expect(said.map(({ kind }) => kind)).toEqual(['looped']);
  });

  it('of a scene in which nothing moves is no tampering: its noise is never the same', async () => {
    const { pictures, said } = await watch(['-i', await noisyScene()]);
    expect(pictures).toBe(50);
    expect(said).toEqual([]);
  });

  it('that stands still is frozen after two seconds', async () => {
    const { said } = await watch(['-i', await noisyScene()], 'tpad=stop_mode=clone:stop_duration=5');
    expect(said).toEqual([{ second: expect.any(Number), kind: 'frozen' }]);
    expect(said[0]!.second).toBeGreaterThan(12);
    expect(said[0]!.second).toBeLessThan(12.6);
  });

  it('that stands still for a while is cleared when it has gone on for ten seconds', async () => {
    const halt = 'loop=loop=100:size=1:start=200,setpts=N/25/TB';
    const { said } = await watch(['-i', await faceVideo('cap12_edit')], halt);
    expect(said.map(({ kind }) => kind)).toEqual(['frozen', 'cleared']);
    expect(said[1]!.second - said[0]!.second).toBeGreaterThan(10);
  });
});
