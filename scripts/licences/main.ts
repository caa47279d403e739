// The licences of everything that is shipped: npm run licences; exit code 1 where one is not allowed.
import { readFileSync } from 'node:fs';
import { isAllowed, productionDependencies, reportLines } from './report.ts';

const dependencies = productionDependencies(JSON.parse(readFileSync('package-lock.json', 'utf8')));
for (const line of reportLines(dependencies)) console.log(line);
const refused = dependencies.filter(dependency => !isAllowed(dependency));
for (const { name, version, licence = 'none' } of refused)
  console.error(`${name}@${version}: ${licence} is not allowed`);
process.exitCode = refused.length > 0 ? 1 : 0;
