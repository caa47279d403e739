// The software bill of materials of what is shipped, CycloneDX as JSON, on standard output: the same for the same lock file.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
// `npm sbom --omit=dev` leaves out what a development dependency needs as well, so everything is asked for and sorted here.
const text = execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format=cyclonedx'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});
const { serialNumber: _number, metadata, components, dependencies, ...bill } = JSON.parse(text);
const { timestamp: _time, ...lasting } = metadata;
const shipped = new Set(
  Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && !dev)
    .map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`),
);
const isShipped = ref => shipped.has(ref) || ref === lasting.component['bom-ref'];
const result = {
  ...bill,
  metadata: lasting,
  components: components.filter(component => isShipped(component['bom-ref'])),
  dependencies: dependencies
    .filter(({ ref }) => isShipped(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(isShipped) })),
};
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
