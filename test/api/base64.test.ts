import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBase64Reader } from '../../src/api/base64.ts';

const read = (...pieces: string[]) => {
  const bytes: Uint8Array[] = [];
  const reader = createBase64Reader(piece => bytes.push(Uint8Array.from(piece)));
  for (const piece of pieces) reader.take(piece);
  reader.end();
  return Buffer.concat(bytes);
};

describe('an image as base64', () => {
  it.each(['base64', 'base64url'] as const)(
    'of the alphabet %s gives its bytes, in whatever pieces and with white space anywhere',
    alphabet => {
      const spaces = fc.constantFrom('', '', ' ', '\n', '\r\n\t');
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 1 }), fc.infiniteStream(spaces), (bytes, space) => {
          const text = Buffer.from(bytes).toString(alphabet);
          const pieces = [...text].map(digit => digit + space.next().value);
          expect(read(...pieces)).toEqual(Buffer.from(bytes));
          expect(read(pieces.join(''))).toEqual(Buffer.from(bytes));
        }),
      );
    },
  );

  it.each(['data:image/jpeg;base64,', 'DATA:;x=y;base64,', ''])('may come behind %j', start => {
    expect(read(`${start}AQID`, 'BA==')).toEqual(Buffer.from([1, 2, 3, 4]));
  });

  it.each([
    [''],
    [' '],
    ['='],
    ['A'],
    ['AAAAA'],
    ['AAAA', 'A'],
    ['AA==='],
    ['AA=', '=', '='],
    ['AA==', 'AA'],
    ['A*AA'],
    ['AAAé'],
    ['AAA\u0100'],
    ['/etc/passwd.jpg'],
    ['AAAA', 'data:image/jpeg;base64,AAAA'],
    [`data:${'x'.repeat(201)};base64,AAAA`],
  ])('is refused where it is none: %j %j %j', (...pieces) => {
    expect(() => read(...pieces)).toThrow('image_path must hold the image itself');
  });
});
