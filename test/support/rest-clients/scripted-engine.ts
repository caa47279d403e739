import type { Analysis } from '../../../src/api/dependencies.ts';
import { FacegateError } from '../../../src/domain/errors.ts';
import type { Face } from '../../../src/domain/face.ts';
import { boxArea } from '../../../src/domain/geometry.ts';
import type { Candidate, Match } from '../../../src/domain/person.ts';

/** A face of a scripted image: whose it is (0..15), and its box `[left, top, right, bottom]`. */
export interface ScriptedFace {
  readonly who: number;
  readonly box: readonly [number, number, number, number];
}

const MAGIC: Record<Analysis['format'], Buffer> = {
  jpeg: Buffer.from([0xff, 0xd8, 0xff]),
  png: Buffer.from([0x89, 0x50, 0x4e, 0x47]),
  webp: Buffer.from('RIFF'),
};

/** Bytes that `analyzeScripted` takes for an image of this format with these faces, padded to at least `size` bytes. */
export function scriptedImage(
  faces: readonly ScriptedFace[],
  format: Analysis['format'] = 'jpeg',
  size = 0,
): Buffer {
  return Buffer.concat([MAGIC[format], Buffer.from(JSON.stringify(faces).padEnd(size))]);
}

/** Reads a scripted image back, sniffing its first bytes as a decoder would. */
export async function analyzeScripted(bytes: Uint8Array): Promise<Analysis> {
  const image = Buffer.from(bytes);
  for (const [format, magic] of Object.entries(MAGIC) as [Analysis['format'], Buffer][]) {
    if (!image.subarray(0, magic.length).equals(magic)) continue;
    return { format, faces: facesIn(image.subarray(magic.length)) };
  }
  throw new FacegateError('unsupported_media', 'The upload is not a JPEG, PNG or WebP image.');
}

/** The largest face, if it is at least 80 pixels high. */
export function chooseLargest(faces: readonly Face[]): Face {
  const [largest] = [...faces].sort((a, b) => boxArea(b.box) - boxArea(a.box));
  if (largest === undefined) throw new FacegateError('no_face', 'No face was found in the image.');
  if (largest.quality.height < 80)
    throw new FacegateError('low_quality', 'The face is too small; come closer to the camera.');
  return largest;
}

/** The best candidate from .5 up and .05 ahead. */
export function decideSimply({ best, margin }: Match): Candidate | undefined {
  return best !== undefined && best.similarity >= 0.5 && margin >= 0.05 ? best : undefined;
}

function facesIn(bytes: Buffer): Face[] {
  let scripted: ScriptedFace[];
  try {
    scripted = JSON.parse(bytes.toString());
  } catch {
    throw new FacegateError('image_undecodable', 'The image is damaged; send it again.');
  }
  return scripted.map(({ who, box: [left, top, right, bottom] }) => {
    const vector = new Float32Array(16);
    vector[who] = 1;
    const point = { x: left, y: top };
    return {
      box: { left, top, right, bottom },
      score: 0.99,
      landmarks: [point, point, point, point, point],
      embedding: { modelId: 'scripted', vector },
      quality: {
        height: bottom - top,
        norm: 9,
        yaw: 0,
        pitch: 0.55,
        roll: 0,
        sharpness: 100,
        brightness: 120,
        clipped: 0,
        visible: 1,
      },
    };
  });
}
