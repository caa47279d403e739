import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A port of 127.0.0.1 that answers no connection request, as a host behind a firewall that drops packets. */
export interface Blackhole {
  readonly port: number;
  close(): Promise<void>;
}

const PROGRAM = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
  process.stdout.write(String(this.address().port));
})`;

/** Opens the hole: a listener that is stopped and whose queue of connections is full, so that the kernel drops every SYN. */
export async function openBlackhole(): Promise<Blackhole> {
  const listener = spawn(process.execPath, ['-e', PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = (await once(listener.stdout, 'data')) as [Buffer];
  const port = Number(text);
  listener.kill('SIGSTOP');
  const fillers: Socket[] = [];
  while (await answersNow(port, fillers));
  return {
    port,
    close: async () => {
      for (const socket of fillers) socket.destroy();
      if (listener.signalCode !== null) return;
      const exited = once(listener, 'exit');
      listener.kill('SIGKILL');
      await exited;
    },
  };
}

/** Whether a connection comes about within a moment; it is kept in `fillers`. */
function answersNow(port: number, fillers: Socket[]): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  fillers.push(socket.on('error', () => {}));
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(false), 300);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
