/**
 * Floor 1, native target: a program as C with vector types, compiled by the machine's own compiler into a library of this
 * process; neighbouring parameter sets of a window in each instruction, on threads. Bits equal to the reference target's.
 *
 * To compile takes a second or some. Meanwhile runs are done on wasm, and between two runs the library takes over: the bits
 * are the same, so that nothing but the clock tells. Libraries are kept in the user's cache folder (cache.ts).
 *
 * A row outside its buffer is taken for the last one.
 */
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { UserError } from '../../errors.js';
import type { Program } from '../../graph/index.js';
import { koffiMayLoad } from '../koffi.js';
import { precisionOf } from '../precision.js';
import type { CompileOptions, Probe, SynchronousTarget } from '../target.js';
import { checkThreads } from '../threads.js';
import { wasm } from '../wasm/index.js';
import { buildNow } from './build.js';
import { cacheText } from './cache.js';
import { type Compiler, findCompiler, locateCompiler, orNull } from './compiler.js';
import { type Mode, NativeExecutable } from './executable.js';
import { nativePlanned } from './pairs.js';
import { prelude } from './prelude.js';
import { RUNTIME } from './runtime.js';
import { widthOf } from './width.js';

export type { Mode, NativeExecutable } from './executable.js';

export interface NativeTarget extends SynchronousTarget {
  compile(program: Program, options?: CompileOptions): NativeExecutable;
}

/** Such as 'gcc 12.2.0'; null where there is no compiler that can be used, or no way to its libraries. Imports nothing. */
export const compilerVersion = (): string | null => (koffiMayLoad() ? orNull(() => findCompiler().version) : null);

/** Such as 'gcc': the program that stands there, which is not asked whether it can be used. Null as above. */
export const compilerName = (): string | null => (koffiMayLoad() ? orNull(() => basename(locateCompiler()[0])) : null);

/** The target; `mode` says when a program is compiled. What begins on wasm later goes by its name. */
export function createNativeTarget(mode: Mode = 'beside'): NativeTarget {
  const target: NativeTarget = {
    name: mode === 'later' ? 'wasm' : 'native',
    exact: true,
    precisions: ['float64'],
    // the more of both: it is not known yet which of them a run will be on
    lanesAtOnce(sets, windows, threads, program, most) {
      const onWasm = wasm.lanesAtOnce(sets, windows, threads, program);
      const compiler = mode === 'later' ? orNull(findCompiler) : findCompiler();
      if (compiler === null) return onWasm;
      const width = widthOf(nativePlanned(program), sets, windows, threads, compiler.lanes, most);
      const group = width.lanes * width.vectors;
      const groups = Math.ceil((width.windows * sets) / group) * (windows / width.windows);
      return Math.max(group * Math.min(groups, threads), onWasm);
    },
    keepsNested: true,
    threads: wasm.threads,
    probe,
    /** `threads`: how many work at once, the caller's among them; all cores where absent. */
    compile(program, options) {
      precisionOf(target, options?.precision);
      const threads = checkThreads(options?.threads ?? availableParallelism());
      // where it is, is settled now; what begins on wasm asks it when the time has come
      const place = locateCompiler();
      if (mode !== 'later') findCompiler(place);
      return new NativeExecutable(() => findCompiler(place), program, threads, mode);
    },
  };
  return target;
}

/** Whether a program can be compiled and loaded here: a small one is. Runs begin on wasm, so that has to be there too. */
async function probe(): Promise<Probe> {
  const begin = await wasm.probe();
  if (!begin.available) return begin;
  try {
    const compiler = findCompiler();
    const nothing = 'static void group(const int64_t *job, int64_t g, char *tape) {}\n';
    buildNow(compiler, `${prelude(compiler.instructions, compiler.lanes)}${nothing}${RUNTIME}`);
    return { available: true, reason: `${compilerText(compiler)}; ${cacheText()}`, device: 'cpu' };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { available: false, reason: error.message.replace('native: ', ''), device: 'cpu' };
  }
}

const INSTRUCTIONS = { sse2: 'SSE2', avx2: 'AVX2', avx512: 'AVX-512', neon: 'NEON' } as const;

function compilerText({ version, path, instructions, lanes }: Compiler): string {
  return `${version} (${path}), ${INSTRUCTIONS[instructions]}, ${lanes} float64 a vector, ${availableParallelism()} threads`;
}
