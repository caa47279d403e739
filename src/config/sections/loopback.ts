/** Whether a host is this machine for sure; brackets around an IPv6 address do not matter. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])$/i.test(host);
}
