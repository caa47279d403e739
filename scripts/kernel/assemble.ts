import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import wabt from 'wabt';
import { repositoryRoot } from '../../test/support/engine.ts';

/** Folders of the kernels: each holds a kernel.wat, and the kernel-binary.ts that `npm run build:kernel` writes. */
export const KERNELS: readonly string[] = ['src/gallery/search', 'src/platform/pixels'].map(folder =>
  join(repositoryRoot, folder),
);

/** Where the text that `assembleKernel` gives for this folder belongs. */
export const binaryIn = (folder: string): string => join(folder, 'kernel-binary.ts');

/** The module of a file of WebAssembly's text format, base64. */
export async function assemble(file: string): Promise<string> {
  const { parseWat } = await wabt();
  const parsed = parseWat(basename(file), await readFile(file, 'utf8'), { simd: true, threads: true });
  try {
    parsed.resolveNames();
    // wabt's own validation refuses shared memory whatever its settings; the engine's does not.
    return Buffer.from(parsed.toBinary({}).buffer).toString('base64');
  } finally {
    parsed.destroy();
  }
}

/** The text of a folder's kernel-binary.ts as it follows from its kernel.wat. */
export async function assembleKernel(folder: string): Promise<string> {
  const binary = await assemble(join(folder, 'kernel.wat'));
  return `// Made of kernel.wat by "npm run build:kernel".

/** The assembled kernel, base64. */
export const KERNEL_BINARY: string = [
${binary
  .match(/.{1,100}/g)!
  .map(line => `  '${line}',\n`)
  .join('')}].join('');
`;
}
