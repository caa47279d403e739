// Assembles src/gallery/search/kernel.wat into kernel-binary.ts beside it: node dist/scripts/kernel/main.js
import { writeFile } from 'node:fs/promises';
import { assembleKernel, kernelBinary } from './assemble.ts';

await writeFile(kernelBinary, await assembleKernel());
console.log(`wrote ${kernelBinary}`);
