import type { FaceReport } from '../domain/camera.ts';
import { boundingBox } from '../domain/event.ts';

/** Shortest time between two reports of a camera's faces, milliseconds. */
const INTERVAL_MS = 500;

/** The faces of one frame as MQTT tells them, for who draws them over the picture; opens nothing. */
export interface CameraFaces {
  readonly camera: string;
  readonly captured_at: string;
  /** Size of the picture that the boxes lie in, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly faces: readonly {
    readonly track_id: string;
    readonly bounding_box: ReturnType<typeof boundingBox>;
    readonly identity: string;
    readonly customer_person_id?: string;
  }[];
}

/** Passes on at most two reports a second, and none of a picture without faces but the first of them. */
export function sampleFaces(
  camera: string,
  tell: (faces: CameraFaces) => void,
): (report: FaceReport) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  let wasEmpty = true;
  return report => {
    const isEmpty = report.faces.length === 0;
    const elapsed = report.capturedAt - toldAt;
    if (isEmpty ? wasEmpty : elapsed >= 0 && elapsed < INTERVAL_MS) return;
    wasEmpty = isEmpty;
    toldAt = report.capturedAt;
    tell(facesOf(camera, report));
  };
}

function facesOf(camera: string, { capturedAt, width, height, faces }: FaceReport): CameraFaces {
  return {
    camera,
    captured_at: new Date(capturedAt).toISOString(),
    width,
    height,
    faces: faces.map(({ trackId, box, identity, customerPersonId }) => ({
      track_id: trackId,
      bounding_box: boundingBox(box),
      identity,
      ...(identity === 'known' && customerPersonId !== undefined && { customer_person_id: customerPersonId }),
    })),
  };
}
