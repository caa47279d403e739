/** Memory that is used again and again: fresh arrays of a megabyte a frame pile up until V8 thinks of them. */
export interface Room {
  /** `length` bytes of any values, which belong to the caller until the next call. */
  take(length: number): Uint8Array;
}

/** A room that grows to the largest length that was asked for. */
export function createRoom(): Room {
  let bytes = new Uint8Array(0);
  return {
    take: length => {
      if (bytes.length < length) bytes = new Uint8Array(length);
      return bytes.subarray(0, length);
    },
  };
}
