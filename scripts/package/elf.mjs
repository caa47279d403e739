/** ELF's numbers of processors, by npm's names. */
const MACHINES = new Map([
  [62, 'x64'],
  [183, 'arm64'],
]);
const MAGIC = Buffer.from('\x7fELF');

/** The processor that an ELF file was made for (`x64`, `arm64`, else `machine N`); undefined where the bytes are no ELF file. */
export function machineOf(bytes) {
  if (bytes.length < 20 || !bytes.subarray(0, 4).equals(MAGIC)) return undefined;
  const machine = bytes.readUInt16LE(18);
  return MACHINES.get(machine) ?? `machine ${machine}`;
}
