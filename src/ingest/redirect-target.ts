/** ffmpeg follows a redirect by itself and cannot be told not to. */
const REDIRECT = /\bStatus 3\d\d: Redirecting to rtsps?:\/\/(\S+)/;

/** HOST:PORT that a camera redirects to, as a line of ffmpeg's tells; `***` where the address may hold a password; undefined for other lines. */
export function redirectTarget(line: string): string | undefined {
  const address = REDIRECT.exec(line)?.[1];
  if (address === undefined) return undefined;
  // Where there is an "@", a password with a "/" in it could pass for the host.
  return address.includes('@') ? '***' : /^[^/?#]*/.exec(address)![0];
}
