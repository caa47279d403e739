import { FacegateError } from '../domain/errors.ts';
import { MAX_FIELD_BYTES } from './form.ts';

/** The longest text of a field where each character is written as \uXXXX, and its quotation marks. */
const MAX_TEXT_BYTES = 6 * MAX_FIELD_BYTES + 2;
const MAX_REST_BYTES = 512 * 1024;
const MAX_PUNCTUATION = 1000;
const BEFORE_BYTES = 64;
const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);
const LETTER_U = 'u'.charCodeAt(0);
const [COMMA, BRACKET, BRACE] = [...',[{'].map(character => character.charCodeAt(0));
/** What may still come of an escape after its backslash: its letter, which says how many digits follow. */
const LETTER = 5;

/** Takes a long text piece by piece, undone of its escapes. */
export type TakeText = (piece: string) => void;

/**
 * Reads JSON as it arrives and takes out of it the texts that are too long for any field, so that no turn of the event loop works on
 * megabytes. `onLong` is told what stands before such a text (its last 64 bytes) and says what stands for it in the JSON that is returned.
 * Throws invalid_request for what is wide, or long without such texts, and for escapes that are none in a long text.
 */
export async function withoutLongTexts(
  chunks: AsyncIterable<Uint8Array>,
  onLong: (before: string) => { readonly standIn: string; readonly take: TakeText },
): Promise<Uint8Array> {
  const rest: Uint8Array[] = [];
  let restBytes = 0;
  let punctuation = 0;
  let isText = false;
  let pending = 0;
  /** The pieces of the text that is being read, up to the length at which it is a long one. */
  let text: Uint8Array[] = [];
  let textBytes = 0;
  let take: TakeText | undefined;
  let unfinished: Uint8Array = Buffer.alloc(0);

  const keep = (bytes: Uint8Array) => {
    restBytes += bytes.length;
    if (restBytes > MAX_REST_BYTES) throw wide();
    rest.push(bytes);
  };
  const takePiece = (bytes: Uint8Array) => {
    const piece = Buffer.concat([unfinished, bytes]);
    const end = pending > 0 ? piece.lastIndexOf(BACKSLASH) : piece.length;
    unfinished = piece.subarray(end);
    take!(unescaped(piece.subarray(0, end)));
  };
  const addText = (bytes: Uint8Array) => {
    textBytes += bytes.length;
    if (take !== undefined) return takePiece(bytes);
    text.push(bytes);
    if (textBytes <= MAX_TEXT_BYTES) return;
    const long = onLong(lastOf(rest, BEFORE_BYTES).toString('latin1'));
    take = long.take;
    keep(Buffer.from(long.standIn));
    takePiece(Buffer.concat(text));
  };
  const endText = () => {
    if (take === undefined) for (const bytes of text) keep(bytes);
    isText = false;
    text = [];
    textBytes = 0;
    take = undefined;
  };

  for await (const chunk of chunks) {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (!isText) {
        if (byte !== QUOTE && byte !== COMMA && byte !== BRACKET && byte !== BRACE) continue;
        if (++punctuation > MAX_PUNCTUATION) throw wide();
        if (byte !== QUOTE) continue;
        keep(chunk.subarray(from, at + 1));
        from = at + 1;
        isText = true;
      } else if (pending > 0) {
        pending = pending < LETTER ? pending - 1 : byte === LETTER_U ? 4 : 0;
      } else if (byte === BACKSLASH) {
        pending = LETTER;
      } else if (byte === QUOTE) {
        addText(chunk.subarray(from, at));
        endText();
        from = at;
      }
    }
    if (isText) addText(chunk.subarray(from));
    else keep(chunk.subarray(from));
  }
  // A text without an end leaves JSON without an end, which is refused as such.
  return Buffer.concat(rest);
}

/** The last bytes of all pieces, however small each is. */
function lastOf(pieces: readonly Uint8Array[], bytes: number): Buffer {
  let from = pieces.length;
  for (let found = 0; from > 0 && found < bytes; ) found += pieces[--from]!.length;
  return Buffer.concat(pieces.slice(from)).subarray(-bytes);
}

/** Bytes beyond ASCII are no part of anything that may be long; each becomes a character that is none of it either. */
function unescaped(piece: Buffer): string {
  try {
    return JSON.parse(`"${piece.toString('latin1')}"`) as string;
  } catch {
    throw invalid('The body is not valid JSON in UTF-8; send one object.');
  }
}

function wide(): FacegateError {
  return invalid('The JSON body holds too many values; send one flat object.');
}

function invalid(message: string): FacegateError {
  return new FacegateError('invalid_request', message);
}
