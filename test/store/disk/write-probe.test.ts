import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { removeFolder, temporaryFolder } from '../../support/temporary-store.ts';

const built = new URL('../../../dist/src/store/store.js', import.meta.url).href;

it('a new store on a disk that takes no writes is refused in one sentence, and nothing is left', () => {
  const dir = temporaryFolder();
  const program = `
    import { openStore } from ${JSON.stringify(built)};
    const refusal = await openStore({ dir: ${JSON.stringify(dir)}, log: console, onFatal: console.error }).catch(error => error);
    console.log(JSON.stringify({ message: refusal.message, exitCode: refusal.exitCode }));`;
  const failing = [
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    'trace=fsync',
    '-e',
    'inject=fsync:error=EIO:when=1+',
  ];
  const node = [process.execPath, '--input-type=module', '-e', program];
  const { stdout, stderr } = spawnSync('strace', [...failing, ...node], {
    encoding: 'utf8',
    timeout: 120_000,
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    message: expect.stringMatching(
      /^The store in .* cannot be opened \(EIO\): .* a disk that takes writes\.$/,
    ),
    exitCode: 78,
  });
  expect(readdirSync(dir)).toEqual([]);
  removeFolder(dir);
});
