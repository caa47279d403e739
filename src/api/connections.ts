import type { Server } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  readonly socket: Socket;
  readonly name: string;
  /** Requests that are being answered. */
  busy: number;
  /** Counts up with every good answer of the server; 0 where this connection never got one. */
  served: number;
}

/**
 * Holds at most `most` connections. For one more, the one goes that has nothing under way and has got a good answer the longest ago or never,
 * so those who open connections and say nothing shut nobody out. Where all have something under way, the new one goes.
 */
export function boundConnections(server: Server, most: number): void {
  const open = new Map<string, Connection>();
  let served = 0;

  // With TLS these are the sockets below it, so handshakes count; both ends of TLS have the same name.
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    if (open.size >= most) {
      const idle = longestIdle(open.values());
      if (idle === undefined) return void socket.destroy();
      open.delete(idle.name);
      idle.socket.destroy();
    }
    const connection = { socket, name, busy: 0, served: 0 };
    open.set(name, connection);
    socket.once('close', () => {
      // Another may have the name by then.
      if (open.get(name) === connection) open.delete(name);
    });
  });
  server.on('request', ({ socket }, answer) => {
    const connection = open.get(nameOf(socket));
    if (connection === undefined) return;
    connection.busy++;
    answer.once('close', () => {
      connection.busy--;
      if (answer.statusCode < 400) connection.served = ++served;
    });
  });
}

/** The oldest of those that were never served, else the one that was served the longest ago. */
function longestIdle(connections: Iterable<Connection>): Connection | undefined {
  let found: Connection | undefined;
  for (const connection of connections)
    if (connection.busy === 0 && (found === undefined || connection.served < found.served))
      found = connection;
  return found;
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
