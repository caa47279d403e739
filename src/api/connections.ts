import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  readonly socket: Socket;
  readonly name: string;
  /** Those that are not through yet. */
  readonly answers: Set<ServerResponse>;
  /** Counts up with every good answer of the server; 0 where this connection never got one. */
  served: number;
}

/**
 * Holds at most `most` connections. For one more, the one goes that has nothing under way and has got a good answer the longest ago or never,
 * so those who open connections and say nothing shut nobody out; where there is none, one whose client does not take answers that are
 * complete. Where all have a request under way, the new one goes.
 */
export function boundConnections(server: Server, most: number): void {
  const open = new Map<string, Connection>();
  let served = 0;

  // With TLS these are the sockets below it, so handshakes count; both ends of TLS have the same name.
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    if (open.size >= most) {
      const connections = [...open.values()];
      const least =
        servedLongestAgo(connections.filter(isIdle)) ?? servedLongestAgo(connections.filter(isUnread));
      if (least === undefined) return void socket.destroy();
      open.delete(least.name);
      least.socket.destroy();
    }
    const connection = { socket, name, answers: new Set<ServerResponse>(), served: 0 };
    open.set(name, connection);
    socket.once('close', () => {
      // Another may have the name by then.
      if (open.get(name) === connection) open.delete(name);
    });
  });
  server.on('request', ({ socket }, answer) => {
    const connection = open.get(nameOf(socket));
    if (connection === undefined) return;
    connection.answers.add(answer);
    answer.once('close', () => {
      connection.answers.delete(answer);
      if (answer.statusCode < 400) connection.served = ++served;
    });
  });
}

function isIdle({ answers }: Connection): boolean {
  return answers.size === 0;
}

/** The server has done its part of all answers. */
function isUnread({ answers }: Connection): boolean {
  return [...answers].every(({ writableEnded }) => writableEnded);
}

/** The oldest of those that were never served, else the one that was served the longest ago. */
function servedLongestAgo(connections: readonly Connection[]): Connection | undefined {
  return connections.reduce<Connection | undefined>(
    (found, each) => (found === undefined || each.served < found.served ? each : found),
    undefined,
  );
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
