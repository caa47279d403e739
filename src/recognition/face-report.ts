import type { FaceReport, ReportedFace } from '../domain/camera.ts';
import type { Box } from '../domain/geometry.ts';
import type { Identity } from '../domain/identity.ts';
import type { Frame } from '../domain/image.ts';

/** A face of a frame: its box in pixels of the frame's `full`, and what events may say of its track. */
export interface ShownFace {
  readonly trackId: string;
  readonly box: Box;
  readonly identity: Identity;
}

/** What watchers of a camera are told of a frame. */
export function faceReport({ capturedAt, full }: Frame, faces: readonly ShownFace[]): FaceReport {
  return { capturedAt, width: full.width, height: full.height, faces: faces.map(reportedFace) };
}

function reportedFace({ trackId, box, identity }: ShownFace): ReportedFace {
  return {
    trackId,
    box,
    identity: identity.status,
    ...(identity.status === 'known' && { customerPersonId: identity.candidate.customerPersonId }),
  };
}
