import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flatten } from '../../src/cli/command-tree.ts';
import { completedWords, completionScript, SHELLS } from '../../src/cli/completion-scripts.ts';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { manualPage } from '../../src/cli/manual.ts';
import { programTree } from '../../src/cli/program.ts';
import { runCommand } from '../support/command-line.ts';

const run = promisify(execFile);
const tree = programTree();
const leaves = flatten(tree).filter(({ commands }) => commands.length === 0);

describe('the help', () => {
  it.each(leaves.map(node => [node.path.join(' '), node] as const))(
    'of "%s" has a description and an example of it',
    (name, node) => {
      expect(node.description).not.toBe('');
      expect(node.notes).toMatch(/Examples?:\n/);
      expect(node.notes).toMatch(new RegExp(`facegate (--config \\S+ )?${name}\\b`));
    },
  );

  it('of the program names every exit code', async () => {
    const { stdout } = await runCommand(['--help']);
    for (const { code, meaning } of EXIT_CODES) expect(stdout).toContain(`  ${code.padEnd(9)} ${meaning}`);
  });
});

describe('the manual', () => {
  const page = manualPage(tree, '1.2.3');

  it('names every command, its options and every exit code', () => {
    const plain = page.replaceAll('\\-', '-');
    for (const { path, options } of leaves) {
      expect(plain).toContain(`.SS "${path.join(' ')}"`);
      for (const { long } of options) if (long !== '--help') expect(plain).toContain(long);
    }
    for (const { code } of EXIT_CODES) expect(plain).toContain(`.B ${code}\n`);
  });

  it('is understood by man without a complaint', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'facegate-man-'));
    try {
      await writeFile(join(folder, 'facegate.1'), page);
      const { stdout, stderr } = await run('groff', [
        '-man',
        '-Tutf8',
        '-P-c',
        '-ww',
        join(folder, 'facegate.1'),
      ]);
      expect(stderr).toBe('');
      expect(stdout).toContain('failed, or a check found what must be mended.');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('shell completion', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'facegate-completion-'));
    await writeFile(join(folder, 'bash'), completionScript('bash', tree));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** What bash offers after these words, the last of which is being typed. */
  async function offered(...words: string[]): Promise<string[]> {
    const script =
      'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _facegate; printf "%s\\n" "${COMPREPLY[@]}"';
    const { stdout } = await run('bash', ['-c', script, 'bash', join(folder, 'bash'), 'facegate', ...words]);
    return stdout.split('\n').filter(word => word !== '');
  }

  it('offers commands, then what is below them', async () => {
    expect(await offered('mod')).toEqual(['models']);
    expect(await offered('models', '')).toEqual(
      expect.arrayContaining(['install', 'list', 'verify', '--config']),
    );
    expect(await offered('models', 'install', '--f')).toEqual(['--from']);
  });

  it('offers the values of an option and of an argument where they are few', async () => {
    expect((await offered('token', 'create', '--role', '')).sort()).toEqual(['admin', 'operator', 'reader']);
    expect(await offered('completion', '')).toEqual(expect.arrayContaining([...SHELLS]));
  });

  it('does not take the value of an option for a command', async () => {
    expect(await offered('--config', 'models', 'tok')).toEqual(['token']);
    expect(await offered('--config', 'mod')).toEqual([]);
  });

  it.each(SHELLS)('knows every command and option: %s', async shell => {
    const { code, stdout } = await runCommand(['completion', shell]);
    expect(code).toBe(0);
    const words = new Set(stdout.split(/[\s'"()|=:\\]+/));
    const spelled = (word: string) => (shell === 'fish' ? word.replace(/^--?/, '') : word);
    expect(completedWords(tree).filter(word => !words.has(spelled(word)))).toEqual([]);
  });

  it('answers another shell with wrong usage', async () => {
    expect((await runCommand(['completion', 'tcsh'])).code).toBe(2);
  });
});

it('the manual that ships is fresh; if not, run: npm run docs', () => {
  const root = join(import.meta.dirname, '../..');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  expect(readFileSync(join(root, 'man/facegate.1'), 'utf8')).toBe(manualPage(tree, version));
});
