import type { Box } from '../domain/geometry.ts';
import type { FaceCrop, Image } from '../domain/image.ts';

/** A face in a picture that is lent. */
export interface LentCrop {
  readonly crop: FaceCrop;
  /** The picture goes back: what was not cut by then never is, for its memory soon shows somebody else. */
  end(): void;
}

/** The face in `box` of `picture`; nothing is cut before somebody asks, since most faces come to no event. */
export function lendCrop(picture: Image, box: Box, cut: (picture: Image, box: Box) => Image): LentCrop {
  let lent: Image | undefined = picture;
  let image: Image | undefined;
  return {
    crop: () => {
      image ??= lent && cut(lent, box);
      return image;
    },
    end: () => {
      lent = undefined;
    },
  };
}
