import fc from 'fast-check';
import { call, createRestApp } from './rest-clients/rest-app.ts';
import { scriptedImage } from './rest-clients/scripted-engine.ts';

const image_path = scriptedImage([{ who: 1, box: [0, 0, 100, 100] }]).toString('base64');
const PIECES = [
  ...[
    '../',
    '..\\',
    '/',
    '\\',
    '.',
    '..',
    '%2e',
    '%2f',
    '%5c',
    '%00',
    '%',
    '%25',
    '\0',
    '\r\n',
    '\n',
    ';',
    '?',
    '#',
    '&',
    '=',
    '+',
    ' ',
  ],
  ...[
    '__proto__',
    'constructor',
    'etc/passwd',
    'C:',
    '\u202e',
    '\u200d',
    '\ufeff',
    '\u2028',
    'e\u0301',
    '\u00e9',
    '\u0430',
    '\ud800',
    '\udfff',
  ],
  ...['\u{1f600}', '\ufffd', "'", '"', '<script>', '${x}', '{{x}}', '$(x)', '|', '*', 'person', 'miicloud'],
];

/** Ids that are paths, other encodings, control characters, lookalikes, halves of characters, or any text. */
export const hostileId: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 140 }),
  fc
    .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'grapheme', maxLength: 4 })), {
      maxLength: 40,
    })
    .map(parts => parts.join('')),
);

/**
 * Sends ids in bodies and in paths to the app over a store in memory, and throws where one is neither refused as `invalid_request` nor kept
 * exactly, where it names another person, or where a path made of it, encoded or not, is answered anything but a person's own or a 4xx.
 */
export async function attackIds(runs: number, seed?: number): Promise<void> {
  let app = await createRestApp();
  let calls = 0;
  await fc.assert(
    fc.asyncProperty(hostileId, async id => {
      // The store in memory grows with each person.
      if (++calls % 2000 === 0) app = await createRestApp();
      const enrolled = await call(app, 'POST', '/miicloud/person', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ customer_person_id: id, image_path }),
      });
      const path = `/miicloud/person/${encodeURIComponent(Buffer.from(id).toString())}`;
      if (enrolled.status === 400) {
        expectThat(enrolled.json.code === 'invalid_request', `${enrolled.json.code}`);
        // URLs drop these, which is why they are refused.
        if (['', '.', '..'].includes(id)) return;
        const { status } = await call(app, 'GET', path);
        expectThat(status === 400 || status === 404, `a refused id was answered ${status}`);
      } else {
        expectThat(enrolled.status === 200, `enrolling was answered ${enrolled.status}`);
        const { json } = await call(app, 'GET', path);
        expectThat(json.customer_person_id === id, 'another person was answered');
        const removed = await call(app, 'DELETE', path);
        expectThat(removed.json.customer_person_id === id, 'another person was deleted');
      }
      const raw = await call(app, 'GET', `/miicloud/person/${id.replaceAll(/[?#]/g, '')}`);
      expectThat(raw.status < 500, `a raw path was answered ${raw.status}`);
    }),
    { numRuns: runs, ...(seed !== undefined && { seed }) },
  );
}

function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
