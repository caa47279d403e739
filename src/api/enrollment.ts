import type { Face } from '../domain/face.ts';
import type { UploadedImage } from './body.ts';
import type { Analysis, ApiDependencies, NewImage, NewTemplate } from './dependencies.ts';
import type { Uploads } from './uploads.ts';

const ENDINGS: Record<Analysis['format'], readonly [usual: string, ...others: string[]]> = {
  jpeg: ['jpg', 'jpeg'],
  png: ['png'],
  webp: ['webp'],
};

/** A face that may be enrolled, and what the gallery keeps of it. */
export interface Enrollable {
  readonly face: Face;
  readonly image: NewImage;
  readonly template: NewTemplate;
}

/** Finds the face to enroll in an uploaded image. Throws no_face, low_quality and what the analysis throws. */
export type FaceFinder = (image: UploadedImage, signal: AbortSignal) => Promise<Enrollable>;

/** A finder after the enrollment policy `chooseFace`. */
export function createFaceFinder(
  { chooseFace, keepImages }: Pick<ApiDependencies, 'chooseFace' | 'keepImages'>,
  uploads: Uploads,
): FaceFinder {
  return async (image, signal) => {
    const { faces, format } = await uploads.analyze(image, { mirrored: true, signal });
    const face = chooseFace(faces);
    return {
      face,
      image: {
        name: image.name,
        extension: extensionOf(image.name, format),
        ...(keepImages && { bytes: image.bytes }),
      },
      template: { embedding: face.embedding, norm: face.quality.norm },
    };
  };
}

/** The client's own ending where it fits what the bytes are. */
function extensionOf(fileName: string, format: Analysis['format']): string {
  const ending = fileName.slice(fileName.lastIndexOf('.') + 1).toLowerCase();
  const [usual, ...others] = ENDINGS[format];
  return others.includes(ending) ? ending : usual;
}
