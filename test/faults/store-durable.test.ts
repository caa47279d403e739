import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder, temporaryFolder } from '../support/temporary-store.ts';

const support = new URL('../../dist/test/support/', import.meta.url).href;
const CHANGES = 5;

describe('a change that is answered', () => {
  let dir: string;
  beforeAll(() => {
    dir = temporaryFolder();
  });
  afterAll(() => removeFolder(dir));

  it('was on the disk before: the pages synced, then the meta page written through', () => {
    const trace = join(dir, 'trace');
    const program = `
      import { writeSync } from 'node:fs';
      import { openStoreIn } from '${support}temporary-store.js';
      import { deleteChange, newPersonChange } from '${support}people.js';
      const store = await openStoreIn(process.argv[1]);
      for (let i = 0; i < ${CHANGES}; i++) {
        const change = newPersonChange('p' + i);
        for (const each of [change, deleteChange(change.person.id)]) {
          writeSync(1, 'asked ');
          await store.apply(each);
          writeSync(1, 'answered ');
        }
      }
      await store.close();`;
    const node = [process.execPath, '--input-type=module', '-e', program, join(dir, 'state')];
    const calls = 'trace=openat,pwrite64,writev,fdatasync,write';
    execFileSync('strace', ['-f', '-y', '-qq', '-o', trace, '-e', calls, ...node], { timeout: 120_000 });
    const lines = whole(readFileSync(trace, 'utf8').split('\n'));

    const metaFile = lines.find(line => /openat\(.*data\.mdb".*O_DSYNC/.test(line))!;
    const [, meta] = /= (\d+)</.exec(metaFile)!;
    let state = 'idle';
    let answered = 0;
    for (const line of lines) {
      if (line.includes('"asked "')) state = 'asked';
      if (/fdatasync\(\d+<.*data\.mdb>\) += 0/.test(line) && state === 'asked') state = 'synced';
      if (new RegExp(`pwrite64\\(${meta}<.*= 128`).test(line) && state === 'synced') state = 'durable';
      if (!line.includes('"answered "')) continue;
      expect(state).toBe('durable');
      answered++;
    }
    expect(answered).toBe(2 * CHANGES);
  });
});

/** Calls at the time at which they returned: strace cuts one in two when another thread comes between. */
function whole(lines: readonly string[]): string[] {
  const begun = new Map<string, string>();
  return lines.flatMap(line => {
    const [, thread, rest] = /^(\d+) +(.*)$/.exec(line) ?? ['', '', ''];
    if (rest.endsWith('<unfinished ...>')) {
      begun.set(thread, rest.replace('<unfinished ...>', ''));
      return [];
    }
    return [rest.replace(/^<\.\.\. \w+ resumed>/, begun.get(thread) ?? '')];
  });
}
