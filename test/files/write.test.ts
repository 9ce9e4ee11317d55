/** One way to write files: whatever a system call does, there is the old file or the whole new one, and nothing else. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createServer } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../src/errors.js';
import { writeWhole } from '../../src/files/write.js';
import { testFolder } from './folder.js';

const { root, at, list } = testFolder();

/** What all open files share. */
let handles: FileHandle;
beforeAll(async () => {
  const handle = await open(at('any'), 'w');
  handles = Object.getPrototypeOf(handle);
  await handle.close();
  execFileSync('rm', [at('any')]);
});

type Write = (this: FileHandle, bytes: Uint8Array, from: number, length: number) => Promise<{ bytesWritten: number }>;
const real = { write: null as unknown as Write };
beforeEach(() => {
  real.write = handles.write as unknown as Write;
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Writes that take at most `most` bytes each and, of all, `room`; then ENOSPC. */
function smallWrites(most: number, room = Number.POSITIVE_INFINITY): void {
  let left = room;
  vi.spyOn(handles, 'write').mockImplementation(async function (this: FileHandle, ...args: unknown[]) {
    const [bytes, from, length] = args as [Uint8Array, number, number];
    if (left === 0) throw fault('ENOSPC', 'write');
    const taken = Math.min(length, most, left);
    left -= taken;
    return real.write.call(this, bytes, from, taken);
  } as never);
}

const fault = (code: string, syscall: string) => Object.assign(new Error(`${code}: at ${syscall}`), { code, syscall });

describe('writes that take a part', () => {
  it('are gone on with', async () => {
    smallWrites(7);
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
    await writeWhole(at('small'), bytes);
    expect(new Uint8Array(readFileSync(at('small')))).toEqual(bytes);
  });

  it('give any content in any portions', () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.uint8Array({ maxLength: 300 })),
        fc.integer({ min: 1, max: 40 }),
        async (content, most) => {
          smallWrites(most);
          await writeWhole(at('any'), content);
          vi.restoreAllMocks();
          expect(readFileSync(at('any')).equals(Buffer.from(content))).toBe(true);
        },
      ),
      { numRuns: 50 },
    ));
});

describe('a failure at any point', () => {
  const once = (method: 'sync' | 'chmod', code: string) => () => {
    vi.spyOn(handles, method).mockRejectedValueOnce(fault(code, method));
  };
  /** A method of each file, not of all. */
  const onceAtClose = (code: string) => () => {
    vi.spyOn(handles, 'sync').mockImplementationOnce(async function (this: FileHandle) {
      const close = this.close.bind(this);
      this.close = async () => {
        await close();
        throw fault(code, 'close');
      };
    });
  };
  it.each<[string, () => void, RegExp]>([
    [
      'no room after a part',
      () => smallWrites(64, 200),
      /^output: '.*old' cannot be written: no space left on the device; free some of it, or name another file by --out$/,
    ],
    ['no room at all', () => smallWrites(64, 0), /no space left on the device/],
    ['a write that takes nothing', () => smallWrites(0), /it takes no more than 0 of 5000 bytes/],
    [
      'a write that counts what it has not written',
      () => {
        vi.spyOn(handles, 'write').mockImplementation(async function (this: FileHandle, ...args: unknown[]) {
          await real.write.call(this, args[0] as Uint8Array, 0, 100);
          return { bytesWritten: args[2] } as never;
        } as never);
      },
      /100 of 5000 bytes arrived/,
    ],
    ['a quota', once('sync', 'EDQUOT'), /the disk quota is used up; free some of it, or/],
    ['a failing disk', once('sync', 'EIO'), /the device fails \(EIO\); name/],
    ['no room, told by close', onceAtClose('ENOSPC'), /no space left/],
    ['modes', once('chmod', 'EIO'), /the device fails/],
  ])('%s: the old file is as it was, and alone', async (_, arrange, message) => {
    mkdirSync(at('faults'), { recursive: true });
    const path = at('faults', 'old');
    writeFileSync(path, 'the old one');
    arrange();
    const failure = await writeWhole(path, 'x'.repeat(5000), { flag: '--out' }).catch((error) => error);
    vi.restoreAllMocks();
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toMatch(message);
    expect(failure.message).not.toContain('\n');
    expect(failure.exitCode).toBe(1);
    expect(readFileSync(path, 'utf8')).toBe('the old one');
    expect(list('faults')).toEqual(['old']);
  });

  it('a mistake of the program is not told as one of the disk', async () => {
    vi.spyOn(handles, 'write').mockImplementation(async () => (undefined as unknown as { x: { y: never } }).x.y);
    await expect(writeWhole(at('bug'), 'x')).rejects.toThrow(TypeError);
  });

  it('file systems without syncs or owners are written to', async () => {
    once('sync', 'EINVAL')();
    await writeWhole(at('fuse'), 'x');
    expect(readFileSync(at('fuse'), 'utf8')).toBe('x');
  });
});

describe('places', () => {
  it('a new file has the mode of the umask, a replaced one keeps its own', async () => {
    const mode = (file: string) => (statSync(at(file)).mode & 0o777).toString(8);
    await writeWhole(at('new'), 'x');
    expect(mode('new')).toBe((0o666 & ~process.umask()).toString(8));
    for (const kept of [0o600, 0o640, 0o755, 0o666]) {
      chmodSync(at('new'), kept);
      await writeWhole(at('new'), 'y');
      expect(mode('new')).toBe(kept.toString(8));
    }
  });

  it.skipIf(process.getuid?.() !== 0)('a replaced file keeps its owner (only root can give files away)', async () => {
    execFileSync('sh', ['-c', 'echo > theirs && chown 1234:4321 theirs && chmod 660 theirs'], { cwd: root });
    await writeWhole(at('theirs'), 'x');
    const { uid, gid, mode } = statSync(at('theirs'));
    expect([uid, gid, mode & 0o777]).toEqual([1234, 4321, 0o660]);
  });

  it.skipIf(process.getuid?.() === 0)('a file that may not be written is refused (root may)', async () => {
    writeFileSync(at('closed'), 'mine', { mode: 0o444 });
    await expect(writeWhole(at('closed'), 'x')).rejects.toThrow(/cannot be written: permission denied; name/);
    expect(readFileSync(at('closed'), 'utf8')).toBe('mine');
  });

  it('links stay, and lead to the new file, through folders and where there was none', async () => {
    mkdirSync(at('deep', 'er'), { recursive: true });
    symlinkSync('deep/er', at('short'));
    symlinkSync('../target', at('deep', 'er', 'link'));
    symlinkSync('short/link', at('chain'));
    for (const content of ['first', 'second']) {
      await writeWhole(at('chain'), content);
      expect(readFileSync(at('deep', 'target'), 'utf8')).toBe(content);
    }
    expect([readlinkSync(at('chain')), readlinkSync(at('deep', 'er', 'link'))]).toEqual(['short/link', '../target']);
    expect(list('deep')).toEqual(['er', 'target']);
    // .. after a link is the folder above what it leads to
    await writeWhole(`${root}/short/../beside`, 'x');
    expect(readFileSync(at('deep', 'beside'), 'utf8')).toBe('x');
  });

  it('another name of the old file keeps the old content', async () => {
    writeFileSync(at('one'), 'old');
    linkSync(at('one'), at('two'));
    await writeWhole(at('one'), 'new');
    expect(readFileSync(at('two'), 'utf8')).toBe('old');
  });

  it('names as long as the file system takes', async () => {
    const long = `${'é'.repeat(125)}.json`;
    expect(Buffer.byteLength(long)).toBe(255);
    await writeWhole(at(long), 'x');
    expect(readFileSync(at(long), 'utf8')).toBe('x');
    await expect(writeWhole(at(`${long}x`), 'x')).rejects.toThrow(/cannot be written: its name is too long; name/);
  });

  it.skipIf(process.platform !== 'linux')('a pipe and a harmless device are written through, and stay', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const content = 'a line\n'.repeat(40_000);
    const writing = writeWhole(at('pipe'), content);
    const read = await open(at('pipe'), 'r');
    let got = '';
    for (let part = await read.read(); part.bytesRead > 0; part = await read.read())
      got += part.buffer.toString('utf8', 0, part.bytesRead);
    await read.close();
    await writing;
    expect(got === content).toBe(true);
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
    await writeWhole('/dev/null', content);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
    await expect(writeWhole('/dev/full', 'x')).rejects.toThrow(/no space left on the device/);
    expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
  });

  it.skipIf(process.platform !== 'linux')(
    'folders, sockets, loops, other devices and missing streams are refused',
    async () => {
      const server = createServer().listen(at('socket'));
      await new Promise((done) => server.on('listening', done));
      symlinkSync('loop', at('loop'));
      mkdirSync(at('folder'));
      writeFileSync(at('file'), 'x');
      const reasons: [string, string][] = [
        [at('folder'), 'it is a folder'],
        [`${at('none')}/`, 'it is a folder'],
        ['', 'it is a folder'],
        ['..', 'it is a folder'],
        [at('socket'), 'it is a socket'],
        [at('loop'), 'its links lead in a circle'],
        [at('file', 'x'), 'a part of its path is no folder'],
        [at('none', 'x'), 'its folder does not exist, or takes no files'],
        ['/dev/random', 'it is a device, of which only /dev/null and the terminal are written to'],
        ['/dev/fd/987', 'no stream 987 is open'],
      ];
      for (const [path, reason] of reasons) {
        const error = new UserError(`output: '${path}' cannot be written: ${reason}; name another file`);
        await expect(writeWhole(path, 'x'), path).rejects.toThrow(error);
      }
      expect(lstatSync(at('socket')).isSocket()).toBe(true);
      server.close();
    },
  );
});
