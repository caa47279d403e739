import { describe, expect, it } from 'vitest';
import type { FaceReport } from '../../src/domain/camera.ts';
import { type CameraFaces, sampleFaces } from '../../src/events/camera-faces.ts';

const face = (identity: 'known' | 'unknown') => ({
  trackId: 'front-1',
  box: { left: 1.4, top: 2.6, right: 30, bottom: 40 },
  identity,
  customerPersonId: 'ada',
});
const report = (capturedAt: number, faces: FaceReport['faces']): FaceReport => ({
  capturedAt,
  width: 480,
  height: 360,
  faces,
});

describe('the faces of a camera', () => {
  it('are told as boxes in pixels, with a name only where it is known', () => {
    const told: CameraFaces[] = [];
    sampleFaces('front', faces => told.push(faces))(report(0, [face('known'), face('unknown')]));
    const bounding_box = { left_x: 1, left_y: 3, right_x: 30, right_y: 40 };
    expect(told).toEqual([
      {
        camera: 'front',
        captured_at: '1970-01-01T00:00:00.000Z',
        width: 480,
        height: 360,
        faces: [
          { track_id: 'front-1', bounding_box, identity: 'known', customer_person_id: 'ada' },
          { track_id: 'front-1', bounding_box, identity: 'unknown' },
        ],
      },
    ]);
  });

  it('are told twice a second at most, and once that there are none any more', () => {
    const told: number[] = [];
    const offer = sampleFaces('front', ({ captured_at }) => told.push(Date.parse(captured_at)));
    for (let at = 0; at <= 1000; at += 100) offer(report(at, [face('unknown')]));
    for (let at = 1100; at <= 3000; at += 100) offer(report(at, []));
    offer(report(500, [face('unknown')]));
    expect(told).toEqual([0, 500, 1000, 1100, 500]);
  });
});
