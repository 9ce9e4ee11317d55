/**
 * Floor 1, native target. A program's text to a library in this process: from the cache, or compiled in a folder of its own,
 * at once or beside other work.
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../errors.js';
import { firstLine } from '../koffi.js';
import { keep, LIBRARY, lookUp, workFolder } from './cache.js';
import { type Compiler, compilerEnvironment, REMEDY, sha256 } from './compiler.js';
import { Library } from './library.js';

const SOURCE = 'program.c';
const LOG = 'log';
/** Milliseconds that a compiler may take for a program. */
const PATIENCE = 900_000;

/** A library that is there, is being made, or cannot be made. */
export type Build =
  | { readonly state: 'ready'; readonly library: Library }
  | { readonly state: 'working'; readonly stop: () => void }
  | { readonly state: 'failed'; readonly error: UserError };

/** Of a compiler and a program's text. */
const keyOf = (compiler: Compiler, text: string) => sha256(`${compiler.fingerprint}\0${text}`);

const argumentsOf = ({ flags }: Compiler) => [...flags, '-o', LIBRARY, SOURCE];

/** Libraries of this process by key: two programs of the same text share one. */
const loaded = new Map<string, Library>();

function load(key: string, path: string): Library {
  try {
    const library = new Library(path);
    loaded.set(key, library);
    return library;
  } catch (error) {
    throw new UserError(
      `native: the compiled program was expected to load, got '${firstLine(error)}'; take --device wasm`,
    );
  }
}

/** The library from this process or the cache; null where it has to be compiled. */
function known(key: string): Library | null {
  const here = loaded.get(key);
  if (here !== undefined) return here;
  const path = lookUp(key);
  try {
    return path === null ? null : load(key, path);
  } catch (error) {
    // another process may have cleared it away just now
    if (existsSync(path as string)) throw error;
    return null;
  }
}

/** Compiles and waits. Throws a UserError with what the compiler says. */
export function buildNow(compiler: Compiler, text: string): Library {
  const key = keyOf(compiler, text);
  const there = known(key);
  if (there !== null) return there;
  const work = prepare(text);
  const log = openSync(join(work, LOG), 'w', 0o600);
  const { status, error } = spawnSync(compiler.path, argumentsOf(compiler), optionsFor(work, log));
  closeSync(log);
  return finish(key, work, compiler, status, error);
}

const optionsFor = (work: string, log: number) => ({
  cwd: work,
  env: { ...compilerEnvironment(), TMPDIR: work },
  stdio: ['ignore' as const, log, log],
  timeout: PATIENCE,
});

function prepare(text: string): string {
  const work = workFolder();
  writeFileSync(join(work, SOURCE), text, { mode: 0o600 });
  return work;
}

function finish(key: string, work: string, { path, version }: Compiler, status: number | null, error?: Error): Library {
  try {
    if (status !== 0) {
      const said =
        error === undefined ? (readFileSync(join(work, LOG), 'utf8').trim().split('\n')[0] ?? '') : error.message;
      throw new UserError(`native: a library was expected of ${path} (${version}), got '${said}'; ${REMEDY}`);
    }
    for (const name of [SOURCE, LOG]) rmSync(join(work, name), { force: true });
    return load(key, keep(key, work));
  } finally {
    // what was not kept is not needed any more: a library that is loaded does without its file
    rmSync(work, { recursive: true, force: true });
  }
}

/** What comes of it; a full disk too is a failure that the run's owner tells, or does without. */
function outcome(make: () => Build): Build {
  try {
    return make();
  } catch (error) {
    if (error instanceof UserError) return { state: 'failed', error };
    const reason = `native: a place to compile in was expected, got '${firstLine(error)}'; make room, or take --device wasm`;
    return { state: 'failed', error: new UserError(reason) };
  }
}

/** Compilers that work beside this process now. */
let working = 0;

/** Compilers at a time, beside the work itself. */
const MOST_COMPILERS = Math.max(1, Math.floor(availableParallelism() / 2));

/** Whether as many compilers are at work as should be. */
export const compilersAreBusy = (): boolean => working >= MOST_COMPILERS;

/**
 * Takes a library that is there, or begins to compile it beside other work, at a lower priority; then `told` is called once,
 * when it is ready or has failed, in a turn of the event loop.
 */
export function buildBeside(compiler: Compiler, text: string, told: (build: Build) => void): Build {
  return outcome(() => {
    const key = keyOf(compiler, text);
    const there = known(key);
    return there === null ? begin(compiler, key, text, told) : { state: 'ready', library: there };
  });
}

function begin(compiler: Compiler, key: string, text: string, told: (build: Build) => void): Build {
  const work = prepare(text);
  const log = openSync(join(work, LOG), 'w', 0o600);
  const child = spawn(compiler.path, argumentsOf(compiler), optionsFor(work, log));
  closeSync(log);
  working++;
  // it ends with this process, and does not keep it alive
  child.unref();
  let isOver = false;
  const over = () => {
    isOver = true;
    working--;
    process.off('exit', stop);
  };
  const stop = () => {
    if (isOver) return;
    over();
    child.kill();
    rmSync(work, { recursive: true, force: true });
  };
  process.once('exit', stop);
  const end = (status: number | null, error?: Error) => {
    if (isOver) return;
    over();
    told(outcome(() => ({ state: 'ready', library: finish(key, work, compiler, status, error) })));
  };
  child.once('error', (error) => end(null, error));
  child.once('exit', (status) => end(status));
  if (child.pid !== undefined) {
    try {
      setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    } catch {
      // it is through already, or the system does not allow it
    }
  }
  return { state: 'working', stop };
}
