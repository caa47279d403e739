/** A production dependency as package-lock.json has it. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
  /** SPDX expression; absent where the package names none. */
  readonly licence?: string;
}

/** Licences that ask for no more than their text beside the program. */
const FREE = [
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
];

/** What else is allowed, for one kind of package each. */
const SPECIAL: readonly { readonly package: RegExp; readonly licence: string; readonly why: string }[] = [
  {
    package: /^@img\/sharp-/,
    licence: 'LGPL-3.0-or-later',
    why: 'libvips comes as a shared library of its own, which a user may replace',
  },
];

/** Packages from before package.json had `license`: what their own files say. */
const STATED: Readonly<Record<string, string>> = { 'async@0.2.10': 'MIT' };

/** The production dependencies of a lock file (version 3), each once, by name. */
export function productionDependencies(lock: {
  readonly packages: Readonly<Record<string, { version?: string; license?: string; dev?: boolean }>>;
}): Dependency[] {
  const found = new Map<string, Dependency>();
  for (const [path, { version = '', license, dev }] of Object.entries(lock.packages)) {
    if (path === '' || dev) continue;
    const name = path.split('node_modules/').at(-1)!;
    const licence = license ?? STATED[`${name}@${version}`];
    found.set(`${name}@${version}`, { name, version, ...(licence && { licence }) });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Whether a package may be shipped under its licence: all parts of an AND, one of an OR. */
export function isAllowed({ name, licence }: Dependency): boolean {
  if (licence === undefined) return false;
  const alternatives = licence.replace(/^\((.*)\)$/, '$1').split(' OR ');
  return alternatives.some(terms => terms.split(' AND ').every(term => isFree(name, term.trim())));
}

function isFree(name: string, licence: string): boolean {
  return (
    FREE.includes(licence) ||
    SPECIAL.some(special => special.licence === licence && special.package.test(name))
  );
}

/** The report as lines: how many packages have which licence, then each package. */
export function reportLines(dependencies: readonly Dependency[]): string[] {
  const counts = new Map<string, number>();
  for (const { licence = 'none' } of dependencies) counts.set(licence, (counts.get(licence) ?? 0) + 1);
  return [
    ...[...counts].map(([licence, count]) => `${String(count).padStart(4)}  ${licence}`),
    ...SPECIAL.map(({ licence, why }) => `${licence}: allowed because ${why}.`),
    '',
    ...dependencies.map(({ name, version, licence = 'none' }) => `${name}@${version}\t${licence}`),
  ];
}
