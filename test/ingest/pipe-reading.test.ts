import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PipeReading, readingPipe } from '../../src/ingest/pipe-reading.ts';

/** More than pipes and sockets hold by themselves. */
const BYTES = 5_000_000;
let folder: string;
let file: string;
let digest: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'facegate-pipe-'));
  file = join(folder, 'bytes');
  const bytes = randomBytes(BYTES);
  digest = createHash('sha256').update(bytes).digest('hex');
  await writeFile(file, bytes);
});

afterAll(() => rm(folder, { recursive: true }));

/** A child that writes to its standard output and to a fourth pipe, as ffmpeg does. */
function writer(command: string): { child: ChildProcess; pipes: PipeReading[]; closed: Promise<unknown> } {
  const child = spawn('sh', ['-c', command, 'sh', file], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
  const pipes = [child.stdout!, child.stdio[3] as NonNullable<typeof child.stdout>].map(readingPipe);
  child.once('exit', () => {
    for (const pipe of pipes) pipe.drain();
  });
  const closed = new Promise(resolve => child.once('close', resolve));
  return { child, pipes, closed: Promise.all([closed, ...pipes.map(pipe => pipe.closed)]) };
}

/** Reads a pipe; tells the digest of its bytes and the memories that they came in. */
function reading(pipe: PipeReading): {
  readonly digest: () => string;
  readonly memories: Set<ArrayBufferLike>;
} {
  const hash = createHash('sha256');
  const memories = new Set<ArrayBufferLike>();
  pipe.read(bytes => {
    hash.update(bytes);
    memories.add(bytes.buffer);
  });
  return { digest: () => hash.digest('hex'), memories };
}

describe.concurrent('the pipes of a child', () => {
  it('give every byte, all in the same memory', async () => {
    const { pipes, closed } = writer('cat "$1" & cat "$1" >&3; wait');
    const read = pipes.map(reading);
    await closed;
    expect(read.map(pipe => pipe.digest())).toEqual([digest, digest]);
    expect(read.map(({ memories }) => memories.size)).toEqual([1, 1]);
  });

  it('wait for whoever reads later, and lose nothing', async () => {
    const { pipes, closed } = writer('cat "$1" & cat "$1" >&3; wait');
    await pause(300);
    const first = reading(pipes[0]!);
    await pause(300);
    const second = reading(pipes[1]!);
    await closed;
    expect([first.digest(), second.digest()]).toEqual([digest, digest]);
  });

  it('give what a child leaves behind that has ended', async () => {
    const { child, pipes, closed } = writer('head -c 100000 "$1"');
    let bytes = 0;
    await new Promise(resolve => child.once('exit', resolve));
    pipes[0]!.read(piece => {
      bytes += piece.length;
    });
    await closed;
    expect(bytes).toBe(100_000);
  });

  it('end also where nobody reads, or the child is killed', async () => {
    const idle = writer('head -c 100000 "$1"');
    const killed = writer('cat "$1"; sleep 60');
    await pause(200);
    killed.child.kill('SIGKILL');
    await expect(Promise.all([idle.closed, killed.closed])).resolves.toHaveLength(2);
  });
});
