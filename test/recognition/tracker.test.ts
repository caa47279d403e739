import { describe, expect, it } from 'vitest';
import type { Detection } from '../../src/domain/face.ts';
import { createTracker, type Tracker } from '../../src/recognition/tracker.ts';

const face = (x: number, y = 100, size = 100): Detection => ({
  box: { left: x, top: y, right: x + size, bottom: y + size },
  score: 0.95,
});
const tracker = (): Tracker => createTracker({ trackTimeoutMs: 1000, minDetectionScore: 0.8 });
const ids = (update: ReturnType<Tracker['update']>) => update.seen.map(({ track }) => track.id);

describe('a tracker', () => {
  it('gives a face that stands still one id', () => {
    const faces = tracker();
    for (let at = 0; at < 5000; at += 200) expect(ids(faces.update([face(100)], at))).toEqual([1]);
  });

  it('keeps the id of a face that walks more than its own width between frames, once its speed is known', () => {
    const faces = tracker();
    for (let step = 0; step < 3; step++) faces.update([face(100 + step * 55)], step * 200);
    for (let step = 3; step < 10; step++)
      expect(ids(faces.update([face(210 + (step - 2) * 75)], step * 200))).toEqual([1]);
  });

  it('keeps two faces apart that stand side by side, in whatever order the detector lists them', () => {
    const faces = tracker();
    faces.update([face(100), face(220)], 0);
    expect(ids(faces.update([face(222), face(98)], 200))).toEqual([2, 1]);
  });

  it('keeps both ids when two faces walk through each other', () => {
    const faces = tracker();
    for (let step = 0; step <= 20; step++) {
      const [a, b] = [face(100 + step * 30, 100), face(700 - step * 30, 130)];
      expect(ids(faces.update([a, b], step * 200))).toEqual([1, 2]);
    }
  });

  it('finds a face again that was hidden for less than the time-out', () => {
    const faces = tracker();
    faces.update([face(100)], 0);
    faces.update([], 400);
    expect(ids(faces.update([face(104)], 900))).toEqual([1]);
  });

  it('ends a track after the time-out and gives the face a new id when it comes back', () => {
    const faces = tracker();
    faces.update([face(100)], 0);
    const back = faces.update([face(100)], 1001);
    expect(back.ended.map(track => track.id)).toEqual([1]);
    expect(ids(back)).toEqual([2]);
    expect(back.seen[0].isNew).toBe(true);
  });

  it('does not take a face twice as large for the same one', () => {
    const faces = tracker();
    faces.update([face(100, 100, 60)], 0);
    expect(ids(faces.update([face(90, 90, 140)], 200))).toEqual([2]);
  });

  it('never gives one track to two detections', () => {
    const faces = tracker();
    faces.update([face(100)], 0);
    expect(new Set(ids(faces.update([face(95), face(105)], 200))).size).toBe(2);
  });

  it('ends what was not seen when the camera went silent', () => {
    const faces = tracker();
    faces.update([face(100), face(300)], 0);
    expect(faces.expire(900)).toEqual([]);
    expect(faces.expire(1001).map(track => track.id)).toEqual([1, 2]);
    expect(faces.expire(9000)).toEqual([]);
  });

  it('gives a face whose track was ended a new id', () => {
    const faces = tracker();
    faces.update([face(100)], 0);
    faces.end(1);
    expect(ids(faces.update([face(100)], 200))).toEqual([2]);
  });
});
