import { describe, expect, it } from 'vitest';
import { createPipelineWatch } from '../../src/daemon/pipeline-watch.ts';
import type { CameraPhase, CameraStatus } from '../../src/domain/camera.ts';

/** Cameras that are driven second by second. */
function scene(count = 1, fps = 5) {
  let now = 0;
  const cameras = Array.from({ length: count }, () => ({
    fps,
    phase: 'live' as CameraPhase,
    arrives: true,
    analyses: true,
    still: false,
    frames: 0,
    analysed: 0,
    stillFrames: 0,
    status(): CameraStatus {
      const recognition = { frames: this.analysed, still: this.stillFrames } as NonNullable<
        CameraStatus['recognition']
      >;
      return {
        id: 'door',
        phase: this.phase,
        frames: this.frames,
        dropped: 0,
        restarts: 0,
        since: 0,
        recognition,
      };
    },
  }));
  const watch = createPipelineWatch(cameras, () => now);
  return {
    cameras,
    /** Passes so many seconds. */
    pass(seconds: number) {
      for (let second = 0; second < seconds; second++) {
        now += 1000;
        for (const camera of cameras) {
          if (!camera.arrives) continue;
          camera.frames += 25;
          if (!camera.analyses) continue;
          if (camera.still) camera.stillFrames++;
          else camera.analysed++;
        }
        watch.look();
      }
      return watch.read();
    },
  };
}

describe('the watch over pipelines', () => {
  it('finds nothing wrong while frames are analysed, or left out because nothing moves', () => {
    const { cameras, pass } = scene(2);
    cameras[1].still = true;
    expect(pass(120)).toEqual({ live: 2, stalled: 0 });
  });

  it('finds a pipeline that analyses nothing although frames come, after 25 seconds', () => {
    const { cameras, pass } = scene(2);
    pass(5);
    cameras[0].analyses = false;
    expect(pass(24)).toEqual({ live: 2, stalled: 0 });
    expect(pass(3)).toEqual({ live: 2, stalled: 1 });
    cameras[0].analyses = true;
    expect(pass(1)).toEqual({ live: 2, stalled: 0 });
  });

  it.each<CameraPhase>(['starting', 'stalled', 'backoff', 'stopped', 'idle'])(
    'does not blame a pipeline for a camera that is %s',
    phase => {
      const { cameras, pass } = scene();
      pass(5);
      Object.assign(cameras[0], { phase, arrives: false, analyses: false });
      expect(pass(300)).toEqual({ live: 0, stalled: 0 });
    },
  );

  it('does not blame it for a live camera without frames either', () => {
    const { cameras, pass } = scene();
    pass(5);
    cameras[0].arrives = false;
    expect(pass(300)).toEqual({ live: 1, stalled: 0 });
  });

  it('begins anew with a camera that was away', () => {
    const { cameras, pass } = scene();
    cameras[0].analyses = false;
    pass(20);
    cameras[0].phase = 'backoff';
    pass(1);
    cameras[0].phase = 'live';
    expect(pass(20).stalled).toBe(0);
    expect(pass(10).stalled).toBe(1);
  });

  it('waits for five frames of a slow pace', () => {
    const { cameras, pass } = scene(1, 0.1);
    cameras[0].analyses = false;
    expect(pass(49).stalled).toBe(0);
    expect(pass(5).stalled).toBe(1);
  });
});
