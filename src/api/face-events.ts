import type { FaceReport } from '../domain/camera.ts';
import type { Box } from '../domain/geometry.ts';
import { bytesOf, type LiveForm } from './live-body.ts';

/** Face reports as Server-Sent Events; a client that lost the stream is asked to wait 5 s before it comes back. */
export const FACE_EVENTS: LiveForm<FaceReport> = {
  opening: 'retry: 5000\n\n',
  part: report => bytesOf(`data: ${JSON.stringify(faceReportAnswer(report))}\n\n`),
  ending: ': end\n\n',
};

function faceReportAnswer({ capturedAt, width, height, faces }: FaceReport) {
  return {
    captured_at: new Date(capturedAt).toISOString(),
    faces: faces.map(({ trackId, box, identity, customerPersonId }) => ({
      track_id: trackId,
      box: fractions(box, { width, height }),
      identity,
      ...(identity === 'known' && { customer_person_id: customerPersonId }),
    })),
  };
}

/** The box as shares of the picture, so that it can be drawn over the picture in any size. */
function fractions({ left, top, right, bottom }: Box, { width, height }: { width: number; height: number }) {
  return {
    left: share(left, width),
    top: share(top, height),
    right: share(right, width),
    bottom: share(bottom, height),
  };
}

function share(value: number, whole: number): number {
  return Math.round((value / whole) * 10_000) / 10_000;
}
