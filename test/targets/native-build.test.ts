/** Compilers of the native target: found, refused or not trusted; the way from wasm to a library; what is kept and loaded. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { openTarget } from '../../src/config/device.js';
import { buffer, emit, input, load, type Program, scan, trace } from '../../src/graph/index.js';
import {
  cacheFault,
  cacheFolder,
  cacheText,
  keep,
  LIBRARY,
  lookUp,
  workFolder,
} from '../../src/targets/native/cache.js';
import { findCompiler } from '../../src/targets/native/compiler.js';
import { createNativeTarget, type Mode, type NativeExecutable } from '../../src/targets/native/index.js';
import type { Inputs } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectSameBits } from './agreement.js';
import { missing, ownCache, withEnvironment } from './native-setup.js';
import { numbers } from './programs.js';

const scratch = mkdtempSync(join(tmpdir(), 'poolgrad-native-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A program that no other test has, so that nobody compiled it. */
let programs = 0;
function fresh(): Program {
  const name = `fresh ${++programs}; $(touch /tmp/should-not-be) "`;
  return trace(name, () => {
    const end = scan({
      length: input('N'),
      init: load(buffer('set', 'a', 1), 0),
      body: (s, t) => s.mul(0.999).add(t.float().sqrt().div(programs)),
    });
    emit(buffer('output', 'z', 1), 0, end);
  });
}
const inputs = (N: number): Inputs => ({ sets: 5, windows: 2, run: { N }, window: {}, buffers: { a: numbers(5) } });

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1500 && !condition(); i++) await sleep(20);
  expect(condition()).toBe(true);
}

/** A compiler that does with a program what the lines of a shell script say, and is otherwise the machine's own. */
function pretender(name: string, ...lines: string[]): string {
  const path = join(scratch, name);
  const isAsked = '[ "$last" = program.c ]';
  const own = `for last; do :; done\nif ${isAsked}; then\n${lines.join('\n')}\nfi\nexec ${findCompiler().path} "$@"`;
  writeFileSync(path, `#!/bin/sh\n${own}\n`, { mode: 0o755 });
  return path;
}

const compiled = (CC: string, mode: Mode, program = fresh()): NativeExecutable =>
  withEnvironment({ CC }, () => createNativeTarget(mode).compile(program, { threads: 1 }));

describe('a compiler', () => {
  it.each([
    [{ CC: undefined, PATH: '/nowhere:relative' }, 'got none of clang, cc, gcc in PATH; install gcc or clang'],
    [{ CC: 'no-such-cc -O3' }, "got CC='no-such-cc -O3', which is no program; install gcc or clang"],
    [{ CC: './relative' }, "got CC='./relative', which is no program"],
    [{ CC: '/bin/false' }, 'got /bin/false, which fails'],
  ])('that is not there is told: %o', async (environment, message) => {
    const target = createNativeTarget();
    const { available, reason } = await withEnvironment(environment, () => target.probe());
    expect(available).toBe(false);
    expect(reason).toContain(message);
    expect(() => withEnvironment(environment, () => target.compile(fresh()))).toThrow(message);
  });
});

describe.skipIf(missing !== null)('with a compiler', () => {
  ownCache();
  const entries = () => (existsSync(cacheFolder()) ? readdirSync(cacheFolder()).sort() : []);

  it('a program starts on wasm and goes over to its library, with the same bits', async () => {
    const program = fresh();
    const wanted = wasm.compile(program, { threads: 1 }).run(inputs(1000));
    const executable = createNativeTarget('beside').compile(program, { threads: 1 });
    expectSameBits(executable.run(inputs(1000)), wanted);
    expect(executable.runsOn).toBe('wasm');
    await until(() => executable.runsOn === 'native');
    expectSameBits(executable.run(inputs(1000)), wanted);
    executable.dispose();
    expect(existsSync('/tmp/should-not-be')).toBe(false);
    expect(cacheText()).toContain(cacheFolder());
    // what is in the cache is a folder a program, named by a hash
    expect(entries().length).toBeGreaterThan(0);
    for (const entry of entries()) expect(entry).toMatch(/^[0-9a-f]{64}$/);
    // what this process has loaded is there at once
    const again = createNativeTarget('beside').compile(program, { threads: 1 });
    expectSameBits(again.run(inputs(1000)), wanted);
    expect(again.runsOn).toBe('native');
  });

  it('auto begins on wasm, and compiles what lasts', async () => {
    const { target, why } = await openTarget('auto');
    expect(target.name).toBe('wasm');
    expect(why).toContain(`${findCompiler().version} compiles what takes longer than a second`);
    const before = entries();
    const executable = target.compile(fresh(), { threads: 1 }) as NativeExecutable;
    const short = executable.run(inputs(10));
    await sleep(200);
    expect(entries()).toEqual(before);
    const long = executable.run(inputs(3_000_000));
    for (let i = 0; i < 500 && executable.runsOn === 'wasm'; i++) {
      expectSameBits(executable.run(inputs(3_000_000)), long);
      await sleep(10);
    }
    expect(executable.runsOn).toBe('native');
    expectSameBits(executable.run(inputs(3_000_000)), long);
    for (let i = 0; i < 3; i++) expectSameBits(executable.run(inputs(10)), short);
    expect(executable.runsOn).toBe('native');
    executable.dispose();
  });

  it('is asked nothing until something lasts; what cannot be used then leaves it on wasm', () => {
    const [CC, asked] = [join(scratch, 'broken-cc'), join(scratch, 'asked')];
    writeFileSync(CC, `#!/bin/sh\ntouch ${asked}\nexit 1\n`, { mode: 0o755 });
    const executable = compiled(CC, 'later');
    const short = executable.run(inputs(10));
    expect(existsSync(asked)).toBe(false);
    for (let i = 0; i < 500 && !existsSync(asked); i++) executable.run(inputs(3_000_000));
    expect(existsSync(asked)).toBe(true);
    expectSameBits(executable.run(inputs(10)), short);
    expect(executable.runsOn).toBe('wasm');
    executable.dispose();
  });

  it('what is not waited for any more leaves nothing', async () => {
    const before = entries();
    const executable = createNativeTarget('beside').compile(fresh(), { threads: 1 });
    executable.run(inputs(10));
    expect(entries().length).toBe(before.length + 1);
    executable.dispose();
    await until(() => entries().length === before.length);
  });

  it('a compiler that refuses a program is quoted', async () => {
    const CC = pretender('refusing', 'echo "program.c:1: error: not today" >&2; exit 1');
    expect(() => compiled(CC, 'now').run(inputs(10))).toThrow(
      /^native: a library was expected of .*refusing .*not today/,
    );
    const executable = compiled(CC, 'beside');
    executable.run(inputs(10));
    await sleep(50);
    await expect(
      (async () => {
        for (let i = 0; i < 500; i++) {
          executable.run(inputs(10));
          await sleep(10);
        }
      })(),
    ).rejects.toThrow('not today');
  });

  it('no place to compile in is told, or done without', () => {
    const nowhere = { TMPDIR: join(scratch, 'nowhere'), XDG_CACHE_HOME: '/dev/null' };
    const run = (mode: Mode, N: number) =>
      withEnvironment(nowhere, () => {
        const executable = createNativeTarget(mode).compile(fresh(), { threads: 1 });
        for (let i = 0; i < 60 && executable.runsOn === 'wasm'; i++) executable.run(inputs(N));
        return executable.runsOn;
      });
    expect(() => run('beside', 10)).toThrow(/^native: a place to compile in was expected, got 'ENOENT: .*make room/);
    expect(run('later', 2_000_000)).toBe('wasm');
  });

  it('a compiler that makes something else is not trusted', async () => {
    const CC = pretender(
      'wrong',
      "sed 's/ + all(1\\.0/ - all(1.0/; s/0\\.999/0.998/' program.c > p && cat p > program.c",
    );
    await expect(withEnvironment({ CC }, () => openTarget('native'))).rejects.toThrow(
      /^device: native is not to be trusted: its self-test gives /,
    );
    // and auto stays on wasm
    const program = fresh();
    const wanted = wasm.compile(program, { threads: 1 }).run(inputs(3_000_000));
    const executable = compiled(CC, 'later', program);
    let isOver = false;
    for (let i = 0; i < 500 && !isOver; i++) {
      const was = executable.runsOn;
      expectSameBits(executable.run(inputs(3_000_000)), wanted);
      isOver = was === 'native' && executable.runsOn === 'wasm';
      await sleep(10);
    }
    expect(isOver).toBe(true);
  });
});

describe.skipIf(process.platform === 'win32')('the cache', () => {
  ownCache();
  const made = (content: string): string => {
    const work = workFolder();
    writeFileSync(join(work, LIBRARY), content);
    return work;
  };

  it('gives what was kept, and the first of two that come at a time', () => {
    expect(lookUp('a'.repeat(64))).toBeNull();
    const path = keep('a'.repeat(64), made('one'));
    expect(lookUp('a'.repeat(64))).toBe(path);
    expect(keep('a'.repeat(64), made('two'))).toBe(path);
    expect(readdirSync(cacheFolder())).toEqual(['a'.repeat(64)]);
    expect(statSync(cacheFolder()).mode & 0o777).toBe(0o700);
  });

  it.each<[string, (library: string) => void]>([
    ['is cut short', (library) => writeFileSync(library, 'o')],
    ['others may write to', (library) => chmodSync(library, 0o722)],
    ['lies in a folder that others may write to', (library) => chmodSync(dirname(library), 0o770)],
    ['has no digest', (library) => rmSync(join(dirname(library), 'sha256'))],
    [
      'is a link',
      (library) => {
        rmSync(library);
        writeFileSync(join(scratch, 'elsewhere'), 'one', { mode: 0o600 });
        symlinkSync(join(scratch, 'elsewhere'), library);
      },
    ],
  ])('clears away what %s', (_what, spoil) => {
    const key = 'b'.repeat(64);
    const path = keep(key, made('one'));
    expect(lookUp(key)).toBe(path);
    spoil(path);
    expect(lookUp(key)).toBeNull();
    expect(existsSync(dirname(path))).toBe(false);
  });

  it.skipIf(process.getuid?.() !== 0)('clears away what is of another user', () => {
    const key = 'e'.repeat(64);
    const path = keep(key, made('one'));
    chownSync(path, 65534, 65534);
    expect(lookUp(key)).toBeNull();
  });

  it('keeps nothing where others could put something', () => {
    const open = join(scratch, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    withEnvironment({ XDG_CACHE_HOME: open }, () => {
      expect(cacheFault()).toBe(`${open} may be written by anybody`);
      expect(cacheText()).toBe(`nothing is kept: ${open} may be written by anybody`);
      const work = made('one');
      expect(dirname(work)).toBe(tmpdir());
      expect(keep('c'.repeat(64), work)).toBe(join(work, LIBRARY));
      rmSync(work, { recursive: true });
      chmodSync(open, 0o755);
      expect(cacheFault()).toBeNull();
      chmodSync(cacheFolder(), 0o770);
      expect(cacheFault()).toBe(`${cacheFolder()} is not this user's alone`);
    });
  });

  it('has an end: what was used least lately goes first, and work that nobody finished', () => {
    const key = (i: number) => i.toString(16).padStart(64, '0');
    const ages = Date.now() / 1000;
    for (let i = 0; i < 256; i++) {
      const folder = join(cacheFolder(), key(i));
      mkdirSync(folder, { mode: 0o700 });
      utimesSync(folder, ages - 1000 - i, ages - 1000 - i);
    }
    const forgotten = workFolder();
    utimesSync(forgotten, ages - 100_000, ages - 100_000);
    const inWork = workFolder();
    keep('d'.repeat(64), made('one'));
    const left = readdirSync(cacheFolder());
    expect(left).toContain('d'.repeat(64));
    expect(left).toContain(key(0));
    expect(left).not.toContain(key(255));
    expect(existsSync(forgotten)).toBe(false);
    expect(existsSync(inWork)).toBe(true);
    expect(left.filter((name) => !name.startsWith('work-')).length).toBe(256);
  });
});
