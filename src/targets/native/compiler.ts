/**
 * Floor 1, native target. The machine's C compiler: found, asked what it is and what this processor has, and called. No shell
 * is started, and nothing of a config or a program's name is among the arguments.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { UserError } from '../../errors.js';
import { firstLine } from '../koffi.js';
import type { Instructions } from './prelude.js';

export interface Compiler {
  readonly path: string;
  /** Everything but the files. */
  readonly flags: readonly string[];
  /** Such as 'gcc 12.2.0'. */
  readonly version: string;
  readonly instructions: Instructions;
  /** float64 in the widest vector of this processor. */
  readonly lanes: number;
  /** Of all that the compiler defines beforehand: its version, and what this processor has. */
  readonly fingerprint: string;
}

export const REMEDY = 'install gcc or clang, let CC name one, or take --device wasm';

/** In this order, after $CC: clang takes half the time to compile, and its code is as fast or a little faster. */
const NAMES = ['clang', 'cc', 'gcc'];

/**
 * Strict IEEE arithmetic, every operation rounded on its own; integers wrap. That signals and errno are not looked at changes
 * no value.
 */
const FLAGS = [
  ...['-std=gnu11', '-O2', '-shared', '-fPIC', '-pthread', '-fvisibility=hidden', '-w'],
  ...['-ffp-contract=off', '-fno-fast-math', '-fwrapv', '-fno-math-errno', '-fno-trapping-math'],
];

/** For this processor; which of them a compiler knows depends on it and on the architecture. */
const TUNING = [['-march=native'], ['-mcpu=native'], []];

/** Milliseconds that a compiler may take to say what it is. */
const PATIENCE = 20_000;

/** A compiler that nobody has asked anything yet: its path, then arguments of its own. */
export type Located = readonly [path: string, ...own: string[]];

const located = new Map<string, Located>();
const examined = new Map<string, Compiler>();

/** Where the compiler is: files are looked at, no process is started. Throws a UserError where there is none. */
export function locateCompiler(): Located {
  if (process.platform === 'win32') {
    throw new UserError('native: Linux or macOS was expected, got win32; take --device wasm');
  }
  const asked = process.env.CC?.trim() ?? '';
  const key = `${asked}\0${process.env.PATH}`;
  const known = located.get(key);
  if (known !== undefined) return known;
  const place = asked === '' ? firstOf(NAMES) : named(asked);
  located.set(key, place);
  return place;
}

/** The compiler, asked once a process. Throws a UserError that says why there is none, and what would mend it. */
export function findCompiler([path, ...own]: Located = locateCompiler()): Compiler {
  const key = [path, ...own].join('\0');
  const known = examined.get(key);
  if (known !== undefined) return known;
  const compiler = examine(path, own);
  examined.set(key, compiler);
  return compiler;
}

/** What is found; null where a UserError says that there is none. */
export function orNull<T>(find: () => T): T | null {
  try {
    return find();
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

/** $CC is a program, maybe with arguments. */
function named(asked: string): Located {
  const [name, ...own] = asked.split(/\s+/);
  const path = pathOf(name);
  if (path !== null) return [path, ...own];
  throw new UserError(`native: a C compiler was expected, got CC='${asked}', which is no program; ${REMEDY}`);
}

function firstOf(names: readonly string[]): Located {
  const path = names.map(pathOf).find((p) => p !== null);
  if (path === undefined || path === null) {
    throw new UserError(`native: a C compiler was expected, got none of ${names.join(', ')} in PATH; ${REMEDY}`);
  }
  // a Mac without developer tools has programs of these names that only ask people to install them
  if (process.platform === 'darwin' && path.startsWith('/usr/bin/') && spawnSync('xcode-select', ['-p']).status !== 0) {
    throw new UserError(
      `native: developer tools were expected, got none; run xcode-select --install, or take --device wasm`,
    );
  }
  return [path];
}

/** A program by its path or by PATH, of which folders that move with the working folder are left out. */
function pathOf(name: string): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(isAbsolute);
  const candidates = isAbsolute(name) ? [name] : name.includes('/') ? [] : folders.map((f) => join(f, name));
  return candidates.find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function examine(path: string, own: readonly string[]): Compiler {
  let failure: unknown;
  for (const tuning of TUNING) {
    const flags = [...own, ...FLAGS, ...tuning];
    try {
      const macros = execFileSync(path, [...flags, '-dM', '-E', '-x', 'c', '-'], {
        ...{
          input: '',
          encoding: 'utf8',
          timeout: PATIENCE,
          stdio: ['pipe', 'pipe', 'pipe'],
          env: compilerEnvironment(),
        },
      });
      return { path, flags, ...described(macros), fingerprint: sha256(`${path}\0${flags.join('\0')}\0${macros}`) };
    } catch (error) {
      if (error instanceof UserError) throw error;
      failure = error;
    }
  }
  throw new UserError(`native: a C compiler was expected, got ${path}, which fails: ${saidBy(failure)}; ${REMEDY}`);
}

/** Messages in English, whatever the user's language: they are quoted in ours. */
export const compilerEnvironment = (): NodeJS.ProcessEnv => ({ ...process.env, LC_ALL: 'C' });

const saidBy = (failure: unknown) => {
  const text = String((failure as { stderr?: unknown }).stderr ?? '').trim();
  return text === '' ? firstLine(failure) : text.split('\n')[0];
};

/** What the predefined macros say of the compiler and of the processor that it compiles for. */
function described(macros: string): Pick<Compiler, 'version' | 'instructions' | 'lanes'> {
  const defined = new Map([...macros.matchAll(/^#define (\w+) ?(.*)$/gm)].map(([, name, value]) => [name, value]));
  const number = (prefix: string) =>
    ['major', 'minor', 'patchlevel'].map((part) => defined.get(`__${prefix}${part}__`)).join('.');
  const gnu = ['__GNUC__', '__GNUC_MINOR__', '__GNUC_PATCHLEVEL__'].map((part) => defined.get(part)).join('.');
  const version = defined.has('__clang__') ? `clang ${number('clang_')}` : `gcc ${gnu}`;
  const has = (...names: string[]) => names.every((name) => defined.has(`__${name}__`));
  if (has('x86_64', 'AVX512F', 'AVX512DQ', 'AVX512VL')) return { version, instructions: 'avx512', lanes: 8 };
  if (has('x86_64', 'AVX2')) return { version, instructions: 'avx2', lanes: 4 };
  if (has('x86_64', 'SSE2')) return { version, instructions: 'sse2', lanes: 2 };
  if (has('aarch64', 'ARM_NEON') || (has('aarch64') && defined.has('__ARM_NEON'))) {
    return { version, instructions: 'neon', lanes: 2 };
  }
  throw new UserError(
    `native: a compiler for x86-64 or 64-bit ARM was expected, got ${version} for another; take --device wasm`,
  );
}

export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
