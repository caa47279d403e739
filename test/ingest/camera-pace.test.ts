import { describe, expect, it } from 'vitest';
import type { Frame } from '../../src/domain/image.ts';
import type { RtspCamera } from '../support/rtsp-camera/server.ts';
import { cameraConfig, serving, takeFrames, watching } from './watched-camera.ts';

/** Every picture of the two seconds has a brightness of its own, which tells how old it is when it arrives. */
const NUMBERED = { filter: "geq=lum='16+4*N':cb=128:cr=128", seconds: 2 };

/** How many pictures the camera has sent since this one, which is one of `NUMBERED`. */
function ageOf({ full }: Frame, { position }: RtspCamera): number {
  const number = Math.round((full.data[0]! - 16) / 4);
  return (position - 1 - number + 50) % 50;
}

describe.concurrent('the pace of a camera', () => {
  it('gives about as many frames a second as were asked for', () =>
    serving({ media: NUMBERED }, server =>
      watching(cameraConfig({ url: server.url, fps: 10 }), async watched => {
        await takeFrames(watched, 10);
        const taken: { sequence: number; shown: number }[] = [];
        for (let count = 0; count < 20; count++) {
          const [frame] = await takeFrames(watched, 1);
          taken.push({ sequence: frame!.sequence, shown: server.position - ageOf(frame!, server) });
        }
        const [from, to] = [taken[0]!, taken.at(-1)!];
        // By the clock of the pictures: a busy machine is late with them.
        const rate = (25 * (to.sequence - from.sequence)) / (to.shown - from.shown);
        expect(rate).toBeGreaterThan(7);
        // 25 pictures a second cannot be cut into tenths: every third is taken while two are not enough, or every second.
        expect(rate).toBeLessThan(14);
      }),
    ));

  it('shows what happens at once', () =>
    serving({ media: NUMBERED }, server =>
      watching(cameraConfig({ url: server.url }), async watched => {
        await takeFrames(watched, 5);
        const ages: number[] = [];
        // One picture is on its way and one is awaited by the parser; one held back by a thread would make it always
        // seven or more. A busy machine makes many of them older.
        const young = () => ages.filter(age => age <= 4).length;
        while (young() < 3 && ages.length < 60) {
          const [frame] = await takeFrames(watched, 1);
          ages.push(ageOf(frame!, server));
        }
        expect(young(), `${ages}`).toBe(3);
      }),
    ));
});
