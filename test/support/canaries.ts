import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createExportOpener } from '../../src/api/export-seal.ts';

/** Secrets that must be found nowhere. */
export interface Canaries {
  /** The name of each secret that the text or the bytes hold, in any form it could be written in. */
  foundIn(content: string | Buffer): string[];
}

/** A secret that is a text: as it is, percent-encoded, inside JSON, and as base64 and hex of its bytes. */
function formsOfText(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  return [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1), ...encodings(bytes)].map(form =>
    Buffer.from(form),
  );
}

/** Base64 depends on where the bytes begin, so what is the same wherever they do is looked for. */
function encodings(bytes: Buffer): string[] {
  const base64 = [0, 1, 2].map(skip =>
    bytes.subarray(skip, skip + Math.floor((bytes.length - skip) / 3) * 3).toString('base64'),
  );
  return [...base64, bytes.toString('hex')];
}

/** A part of a vector is as bad as the whole: any four values in a row as bytes, any one of them written out in digits. */
function formsOfVector(vector: Float32Array): Buffer[] {
  const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  const parts = Array.from({ length: Math.floor(vector.length / 4) }, (_, at) =>
    bytes.subarray(at * 16, at * 16 + 16),
  );
  // With enough digits that no other number is spelled the same by chance.
  const digits = [...vector].map(value => String(value).replace('-', '')).filter(text => text.length > 14);
  return [
    ...parts,
    ...parts.flatMap(part => encodings(part).map(text => Buffer.from(text))),
    ...digits.map(text => Buffer.from(text.slice(0, 12))),
  ];
}

/** Canaries of these secrets by name; values shorter than eight characters would be found by chance. */
export function createCanaries(secrets: Readonly<Record<string, string | Float32Array>>): Canaries {
  const forms = Object.entries(secrets).map(
    ([name, secret]) =>
      [name, typeof secret === 'string' ? formsOfText(secret) : formsOfVector(secret)] as const,
  );
  return {
    foundIn: content => {
      const bytes = Buffer.from(content as string);
      return forms.filter(([, all]) => all.some(form => bytes.includes(form))).map(([name]) => name);
    },
  };
}

/** The content of every file below the folder, by its name. */
export function filesBelow(folder: string): { readonly name: string; readonly content: Buffer }[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile())
    .map(entry => ({ name: entry.name, content: readFileSync(join(entry.parentPath, entry.name)) }));
}

/** A process as others of the machine see it, and its environment, which only its own user sees. */
export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  readonly commandLine: string;
  readonly environment: string;
}

/** The processes of this machine now. */
export function processes(): SeenProcess[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'latin1');
        const parent = Number(/^PPid:\s*(\d+)/m.exec(read('status'))?.[1]);
        return [{ pid: Number(pid), parent, commandLine: read('cmdline'), environment: read('environ') }];
      } catch {
        return [];
      }
    });
}

/** The environments of a process's children; between fork and exec one is still a copy of its parent, and left out. */
export function childEnvironments(all: readonly SeenProcess[], pid: number | undefined): string[] {
  const own = all.find(process => process.pid === pid);
  return all
    .filter(({ parent, commandLine }) => own && parent === own.pid && commandLine !== own.commandLine)
    .map(({ environment }) => environment);
}

/** Headers and body of an answer; one without an end of its own is cut after `ms`. */
export async function everythingOf(response: Response, ms: number): Promise<string> {
  let text = JSON.stringify([...response.headers]);
  const reader = response.body?.getReader();
  const cut = setTimeout(() => void reader?.cancel(), ms);
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
    text += Buffer.from(part.value).toString('latin1');
  clearTimeout(cut);
  return text;
}

/** The first template of a sealed export, as only whoever has its key may see it. */
export function templateIn(text: string, key: Buffer): Float32Array {
  const [header, record] = text.slice(text.indexOf('{"format')).split('\n');
  const { open } = createExportOpener(key, JSON.parse(header!));
  const { templates } = open(record!) as { templates: { vector: string }[] };
  const bytes = Buffer.from(templates[0]!.vector, 'base64');
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** The form with a photo that REST takes. */
export async function photoForm(
  file: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<FormData> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set('image_path', new Blob([new Uint8Array(await readFile(file))]), 'photo.jpg');
  return form;
}

/** Everything that a secret can be for: cameras, one of them with another's password, a broker, a door and its webhook. */
export function configOf(at: {
  broker: string;
  cameras: Readonly<Record<string, string>>;
  receiver: string;
}): string[] {
  const { entrance, lobby } = at.cameras;
  const wrong = entrance!.replace('CAMERA_PASSWORD', 'OTHER_PASSWORD');
  return [
    'http: { port: 0 }',
    'log: { level: debug }',
    `mqtt: { url: "${at.broker}", username: facegate, password: "\${MQTT_PASSWORD}" }`,
    'homeAssistant: { enabled: true }',
    'enrollment: { keepImages: true }',
    'cameras:',
    `  - { id: entrance, url: "${entrance}", customer: acme, publishFaces: true }`,
    `  - { id: lobby, url: "${lobby}", detectUrl: "${lobby}", customer: acme }`,
    `  - { id: locked, url: "${wrong}", customer: acme }`,
    'doors:',
    '  - id: main',
    '    customer: acme',
    '    cameras: [entrance, lobby]',
    '    key: "${DOOR_KEY}"',
    `    webhook: { url: "${at.receiver}", secret: "\${WEBHOOK_SECRET}" }`,
  ];
}
