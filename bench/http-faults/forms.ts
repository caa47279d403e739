import type { Chance } from './chance.ts';

/** A body and the Content-Type that it is sent with. */
export interface FormCase {
  readonly name: string;
  readonly type: string;
  readonly body: Buffer;
}

const FORM = 'multipart/form-data; boundary=';
const MIB = 1024 * 1024;

/** Every body of a corpus under four boundaries: its own and three that are not. */
export function corpusForms(bodies: readonly (readonly [name: string, body: Buffer])[]): FormCase[] {
  return bodies.flatMap(([name, body]) => {
    const own = /^-*([^\r\n]{1,70})/.exec(body.toString('latin1', 2, 80))?.[1]?.trim() || 'x';
    return [own.replaceAll(/[";\s\\]/g, ''), 'a', '-'.repeat(70), 'b0undary'].map(boundary => ({
      name: `${name} (${boundary.slice(0, 8)})`,
      type: `${FORM}"${boundary || 'x'}"`,
      body,
    }));
  });
}

/** Forms that are wrong by design; none holds an image that could be analysed. */
export function brokenForms(chance: Chance): FormCase[] {
  const part = (head: string, value = 'x') =>
    `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${value}\r\n`;
  const form = (name: string, body: string | Buffer, type = `${FORM}b`) => ({
    name,
    type,
    body: typeof body === 'string' ? Buffer.from(body, 'latin1') : body,
  });
  const end = '--b--\r\n';
  const field = part('name="first_name"');
  return [
    form('100,000 parts', field.repeat(100_000) + end),
    form('100,000 parts without a name', part('x=y').repeat(100_000) + end),
    form('100,000 boundaries', '--b\r\n'.repeat(100_000) + end),
    form('a name of 1 MB', part(`name="${'n'.repeat(MIB)}"`) + end),
    form('a value of 7 MB', part('name="first_name"', 'v'.repeat(7 * MIB)) + end),
    form('a header of 7 MB', `--b\r\nX: ${'h'.repeat(7 * MIB)}\r\n\r\n\r\n${end}`),
    form('200,000 headers', `--b\r\n${'X: y\r\n'.repeat(200_000)}\r\n\r\n${end}`),
    form('the same field twice', field + field + end),
    form('two files', part('name="image_path"; filename="a"').repeat(2) + end),
    form('no final boundary', field),
    form('no boundary at all', 'x'.repeat(MIB)),
    form('almost boundaries', '\r\n--'.repeat(2 * MIB)),
    form('almost the boundary', '\r\n--a'.repeat(MIB)),
    form('a prototype', part('name="__proto__"') + part('name="constructor"') + end),
    form('a prototype of a field', part('name="__proto__[customer_person_id]"') + end),
    form('nested', `${part('name="a"; x="', '--b\r\n--b--').repeat(100)}${end}`),
    form('bare line feeds', (field + end).replaceAll('\r\n', '\n')),
    form('a zero in the name', part('name="first\0_name"') + end),
    form('no disposition', `--b\r\n\r\nx\r\n${end}`),
    form('nothing', ''),
    form('only the end', end),
    form('noise', chance.bytes(MIB)),
    form('no boundary in its type', field + end, 'multipart/form-data'),
    form('an empty boundary', field + end, `${FORM}""`),
    form('a boundary of 71', field + end, FORM + 'b'.repeat(71)),
    form('a boundary of 4 KB', field + end, FORM + 'b'.repeat(4096)),
    form('two boundaries', field + end, `${FORM}a; boundary=b`),
    form('7 MB of brackets as JSON', '['.repeat(7 * MIB), 'application/json'),
    form('7 MB of numbers as JSON', `[${'1,'.repeat(3 * MIB)}1]`, 'application/json'),
    form('a deep prototype as JSON', '{"__proto__":{"image_path":"x"},"constructor":1}', 'application/json'),
    form('7 MB of base64 that is none', `{"image_path":"${'*'.repeat(7 * MIB)}"}`, 'application/json'),
    form('7 MB of white space as base64', `{"image_path":"${' '.repeat(7 * MIB)}"}`, 'application/json'),
    form('a million fields', 'a=b&'.repeat(50_000), 'application/x-www-form-urlencoded'),
    form('only percent signs', '%'.repeat(100_000), 'application/x-www-form-urlencoded'),
  ];
}
