import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SERVICE_MEMORY, SERVICE_NODE_OPTIONS } from '../support/service-memory.ts';

const root = join(import.meta.dirname, '../..');
const shipped = readFileSync(join(root, 'systemd/facegate.service'), 'utf8');
const addresses = readFileSync(join(root, 'systemd/facegate-addresses.conf'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'facegate-unit-'));
/** Where every line that is there to be uncommented is. */
const withExamples = (text: string) => text.replaceAll(/^#(?=[A-Z]\w+=)/gm, '');

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs systemd-analyze over the unit as if it were installed on this machine. */
function analyze(
  args: readonly string[],
  unit: string,
  dropIn?: string,
): { status: number | null; told: string } {
  const here = mkdtempSync(join(folder, 'unit-'));
  const file = join(here, 'facegate.service');
  writeFileSync(file, unit.replace('/usr/bin/node', process.execPath));
  if (dropIn !== undefined) {
    mkdirSync(`${file}.d`);
    writeFileSync(join(`${file}.d`, 'addresses.conf'), dropIn);
  }
  const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, '--no-pager', file], {
    encoding: 'utf8',
  });
  return { status, told: `${stdout}${stderr}` };
}

function exposure(unit: string, dropIn?: string): number {
  const { told } = analyze(['security', '--offline=true'], unit, dropIn);
  return Number(/Overall exposure level for facegate\.service: ([\d.]+)/.exec(told)?.[1]);
}

function valuesOf(unit: string, key: string): string[] {
  return [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value);
}

describe('the unit of systemd', () => {
  it.each([
    ['as it ships', shipped, undefined],
    ['with every credential of its examples', withExamples(shipped), undefined],
    ['with the addresses that it may reach', shipped, addresses],
    ['with all examples of addresses', shipped, withExamples(addresses)],
  ])('is understood whole by systemd %s', (_, unit, dropIn) => {
    expect(analyze(['verify'], unit, dropIn)).toEqual({ status: 0, told: '' });
  });

  it('tells malloc and V8 what the command of the package tells them', () => {
    const command = readFileSync(join(root, 'packaging/facegate'), 'utf8');
    const told = Object.entries(SERVICE_MEMORY).map(([name, value]) => `${name}=${value}`);
    expect(told).toHaveLength(3);
    expect(command).toContain(`\nexport ${told.join(' ')}\n`);
    expect(SERVICE_NODE_OPTIONS).toHaveLength(1);
    expect(command).toContain(`/bin/node ${SERVICE_NODE_OPTIONS.join(' ')} /usr/lib`);
  });

  it('is told from one that is not', () => {
    const { told } = analyze(['verify'], shipped.replace('NoNewPrivileges=', 'NoNewPrivilege='));
    expect(told).toContain('NoNewPrivilege');
  });

  it('exposes the machine by 1.5 of 10 at most, and by less with the addresses', () => {
    expect(analyze(['security', '--offline=true', '--threshold=15'], shipped).status).toBe(0);
    expect(exposure(shipped)).toBeLessThanOrEqual(1.5);
    expect(exposure(shipped, addresses)).toBeLessThan(exposure(shipped));
    const bare = shipped.replaceAll(/^(Protect|Private|Restrict|SystemCall|Capability)\w+=.*$/gm, '');
    expect(analyze(['security', '--offline=true', '--threshold=15'], bare).status).toBe(1);
  });

  it('leaves V8, ffmpeg and the number of cores alone', () => {
    for (const key of ['MemoryDenyWriteExecute', 'ProcSubset']) expect(valuesOf(shipped, key)).toEqual([]);
  });

  it('waits for the daemon to say that it is ready, and for its signs of life', () => {
    expect(valuesOf(shipped, 'Type')).toEqual(['notify']);
    expect(valuesOf(shipped, 'NotifyAccess')).toEqual(['all']);
    expect(valuesOf(shipped, 'WatchdogSec')).toEqual(['30']);
    expect(valuesOf(shipped, 'Restart')).toEqual(['always']);
  });

  it('goes on where the kernel ended a decoder for want of memory', () => {
    expect(valuesOf(shipped, 'OOMPolicy')).toEqual(['continue']);
  });

  it('keeps no core, and no file that others could read', () => {
    expect(valuesOf(shipped, 'LimitCORE')).toEqual(['0']);
    expect(valuesOf(shipped, 'UMask')).toEqual(['0077']);
    for (const place of ['State', 'Cache', 'Runtime'])
      expect(valuesOf(shipped, `${place}DirectoryMode`)).toEqual(['0700']);
  });

  it('lets nobody be reached but those whom the list of addresses names', () => {
    expect(valuesOf(addresses, 'IPAddressDeny')).toEqual(['any']);
    expect(valuesOf(addresses, 'IPAddressAllow')).toEqual(['localhost', '192.0.2.10', '192.0.2.11']);
  });
});
