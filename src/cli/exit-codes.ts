/** What each exit code of `facegate` means; the table in README, the manual and `--help` are made from it. */
export const EXIT_CODES: readonly { readonly code: string; readonly meaning: string }[] = [
  { code: '0', meaning: 'done' },
  { code: '1', meaning: 'failed, or a check found what must be mended' },
  { code: '2', meaning: 'wrong usage' },
  { code: '70', meaning: 'stopped to protect the store, or an internal error; starting again helps' },
  { code: '78', meaning: 'configuration, model or store cannot be used; starting again does not help' },
  { code: '130, 143', meaning: 'ended by a second SIGINT or SIGTERM, without waiting for a clean end' },
];
