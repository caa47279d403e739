import { describe, expect, it } from 'vitest';
import { cameraReport } from '../../src/domain/camera.ts';

describe('the report of a camera', () => {
  it('has times as ISO 8601 in UTC and names in the form of the other messages', () => {
    const counts = { still: 3, outside: 0, tracks: 1, faces: 2, described: 1, poor: 0, saved: 1 };
    const report = cameraReport({
      id: 'gate',
      phase: 'live',
      frames: 10,
      dropped: 1,
      restarts: 0,
      softwareFallback: true,
      recognition: { frames: 6, wantedFps: 5, givenFps: 4.5, ...counts },
      lastFrameAt: 1000,
      since: 0,
    });
    expect(report).toEqual({
      id: 'gate',
      phase: 'live',
      frames: 10,
      dropped: 1,
      restarts: 0,
      software_fallback: true,
      recognition: { frames: 6, wanted_fps: 5, given_fps: 4.5, ...counts },
      last_frame_at: '1970-01-01T00:00:01.000Z',
      since: '1970-01-01T00:00:00.000Z',
    });
  });

  it('leaves out what is not known', () => {
    const report = cameraReport({ id: 'gate', phase: 'idle', frames: 0, dropped: 0, restarts: 0, since: 0 });
    expect(Object.keys(report).sort()).toEqual(['dropped', 'frames', 'id', 'phase', 'restarts', 'since']);
  });
});
