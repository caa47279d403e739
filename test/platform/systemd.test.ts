import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createLogger, silentLogger } from '../../src/platform/logger.ts';
import { createServiceManager } from '../../src/platform/systemd.ts';
import { type NotifySocket, openNotifySocket } from '../support/notify-socket.ts';

const { PATH } = process.env;
let socket: NotifySocket | undefined;

afterEach(async () => {
  await socket?.close();
  socket = undefined;
});

describe('systemd', () => {
  it('is told what was said, in order', async () => {
    socket = await openNotifySocket();
    const manager = createServiceManager({ env: { NOTIFY_SOCKET: socket.path, PATH }, log: silentLogger });
    await Promise.all([
      manager.tell('STATUS=Opening the "store"; $HOME = 50 %.'),
      manager.tell('READY=1', 'STATUS=2 of 3 cameras live.'),
      manager.tell('WATCHDOG=1'),
    ]);
    expect(socket.notices.map(({ lines }) => lines)).toEqual([
      ['STATUS=Opening the "store"; $HOME = 50 %.'],
      ['READY=1', 'STATUS=2 of 3 cameras live.'],
      ['WATCHDOG=1'],
    ]);
  });

  it('is not looked for where nobody listens', async () => {
    const manager = createServiceManager({ env: { PATH, WATCHDOG_USEC: '1' }, log: silentLogger });
    expect(manager.watchdogMs).toBeUndefined();
    await manager.tell('READY=1');
  });

  it.each([
    ['30000000', undefined, 30_000],
    ['500000', '77', 500],
    ['30000000', '78', undefined],
    [undefined, undefined, undefined],
    ['0', undefined, undefined],
    ['soon', undefined, undefined],
  ])('wants a sign of life where WATCHDOG_USEC is %s for process %s', (usec, of, expected) => {
    const env = { NOTIFY_SOCKET: '/nowhere', WATCHDOG_USEC: usec, WATCHDOG_PID: of };
    expect(createServiceManager({ env, log: silentLogger, pid: 77 }).watchdogMs).toBe(expected);
  });

  it.each([
    ['does not listen', { PATH }],
    ['has no systemd-notify', { PATH: '/nowhere' }],
  ])('that %s costs one warning and nothing else', async (_, env) => {
    const lines: string[] = [];
    const log = createLogger({ level: 'debug', write: line => void lines.push(line) });
    const manager = createServiceManager({ env: { NOTIFY_SOCKET: '/nowhere/notify', ...env }, log });
    await manager.tell('READY=1');
    await manager.tell('WATCHDOG=1');
    expect(lines.map(line => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      'systemd could not be told how the daemon is: check that systemd-notify is installed.',
    ]);
  });

  it('learns nothing of the environment', async () => {
    socket = await openNotifySocket();
    const env = { NOTIFY_SOCKET: socket.path, PATH, FACEGATE_STORE_KEY: 'canary' };
    const manager = createServiceManager({ env, log: silentLogger });
    const told = manager.tell('READY=1');
    await sleep(0);
    await told;
    expect(JSON.stringify(socket.notices)).not.toContain('canary');
  });
});
