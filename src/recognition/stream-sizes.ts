/** The two sizes of a camera's pictures, as far as they were seen. */
export interface StreamSizes {
  /** Takes in the height of a full picture, in pixels. */
  see(height: number): void;
  /** What a height in a picture of `full` pixels is in the smaller and in the larger stream. */
  heights(height: number, full: number): { readonly small: number; readonly large: number };
  /** Whether a picture of this height is of the larger stream. */
  isDetail(full: number): boolean;
}

/** A main stream is taken to be this much larger before one was seen: 1080 to 360 lines. */
const EXPECTED = 3;

/** Sizes of a camera that gave nothing yet. */
export function createStreamSizes(): StreamSizes {
  let [small, large] = [Number.POSITIVE_INFINITY, 0];
  return {
    see(height) {
      small = Math.min(small, height);
      large = Math.max(large, height);
    },
    heights(height, full) {
      const inSmall = (height * small) / full;
      return { small: inSmall, large: large > small ? (height * large) / full : EXPECTED * inSmall };
    },
    isDetail: full => full * full > small * large,
  };
}
