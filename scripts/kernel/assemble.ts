import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import wabt from 'wabt';
import { repositoryRoot } from '../../test/support/engine.ts';

/** Folders of the kernels: each holds a kernel.wat, and the kernel-binary.ts that `npm run build:kernel` writes. */
export const KERNELS: readonly string[] = ['src/gallery/search', 'src/platform/pixels'].map(folder =>
  join(repositoryRoot, folder),
);

/** Where the text that `assembleKernel` gives for this folder belongs. */
export const binaryIn = (folder: string): string => join(folder, 'kernel-binary.ts');

/** The text of a folder's kernel-binary.ts as it follows from its kernel.wat. */
export async function assembleKernel(folder: string): Promise<string> {
  const { parseWat } = await wabt();
  const source = await readFile(join(folder, 'kernel.wat'), 'utf8');
  const parsed = parseWat('kernel.wat', source, { simd: true, threads: true });
  try {
    parsed.resolveNames();
    // wabt's own validation refuses shared memory whatever its settings; the engine's does not.
    const lines = Buffer.from(parsed.toBinary({}).buffer)
      .toString('base64')
      .match(/.{1,100}/g)!;
    return `// Made of kernel.wat by "npm run build:kernel".

/** The assembled kernel, base64. */
export const KERNEL_BINARY: string = [
${lines.map(line => `  '${line}',\n`).join('')}].join('');
`;
  } finally {
    parsed.destroy();
  }
}
