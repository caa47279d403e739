import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { StartupError } from '../domain/errors.ts';

/**
 * Claims the folder `dir` (made where it is missing) for this process; throws `StartupError` while another has it.
 * The claim is an abstract unix socket named by the real path: the kernel frees it with the process, however that ends.
 */
export async function acquireInstanceLock(dir: string): Promise<{ close(): Promise<void> }> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = realpathSync(dir);
  const server = createServer(socket => socket.destroy());
  // A lock alone must not keep the process alive.
  server.unref();
  try {
    await listen(server, socketName(path));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new StartupError(
      `Another facegate daemon uses the folder ${path}; stop it, or give this one a stateDir of its own.`,
      { cause },
    );
  }
  return { close: () => new Promise(resolve => server.close(() => resolve())) };
}

/** The path is hashed because a socket's name holds only 107 bytes. */
function socketName(path: string): string {
  return `\0facegate-${createHash('sha256').update(path).digest('hex').slice(0, 32)}`;
}

function listen(server: Server, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(name, resolve);
  });
}
