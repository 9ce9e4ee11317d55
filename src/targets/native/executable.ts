/** Floor 1, native target. A program that starts on wasm and goes over to its library once that is there. */
import { UserError } from '../../errors.js';
import type { Program } from '../../graph/index.js';
import { frameOf, readOutputs } from '../grouped/frame.js';
import { type Planned, planned } from '../grouped/plan.js';
import { checkInputs } from '../layout.js';
import { type Resumable, toEnd } from '../resumable.js';
import type { Inputs, Outputs, SynchronousExecutable } from '../target.js';
import { wasm } from '../wasm/index.js';
import { type Build, buildBeside, buildNow, compilersAreBusy } from './build.js';
import { type Compiler, orNull } from './compiler.js';
import { Block, fillFrame } from './frame.js';
import { type JobWords, jobWords } from './job.js';
import { addressOf, type Library } from './library.js';
import { type NativePlanned, nativePlanned } from './pairs.js';
import { prelude } from './prelude.js';
import { groupFunction } from './printer.js';
import { RUNTIME } from './runtime.js';
import { type Width, widthOf } from './width.js';

/**
 * now: a run waits for the compiler. beside: the compiler begins with the first run, and a program that it refuses is an
 * error. later: it begins when the program has been run for a while, so that small jobs do without. Then
 * what it made has to give the bits of wasm once before it takes over, and what it refuses stays on wasm.
 */
export type Mode = 'now' | 'beside' | 'later';

/** Seconds of runs on wasm after which 'later' has come: about what it takes to compile. */
const WHILE = 1;

const lanesOf = ({ lanes, vectors }: Width) => lanes * vectors;
const nameOf = ({ lanes, vectors, windows }: Width) => `${lanes}x${vectors}/${windows}`;

interface Ready {
  readonly library: Library;
  readonly width: Width;
}

export class NativeExecutable implements SynchronousExecutable {
  private readonly planned: Planned;
  private readonly own: NativePlanned;
  private readonly words: JobWords;
  /** By width. */
  private readonly builds = new Map<string, { readonly width: Width; build: Build }>();
  private slow: SynchronousExecutable | null = null;
  /** Seconds that runs on wasm took. */
  private spent = 0;
  /** The memory of the last run: the next one takes it if it fits. */
  private block: Block | null = null;
  private isRunning = false;
  /** What gave the bits of wasm. */
  private readonly trusted = new Set<Library>();
  /** Null where it cannot be used; absent before it was asked. */
  private found: Compiler | null | undefined;

  /** @param askCompiler throws a UserError where the compiler cannot be used */
  constructor(
    private readonly askCompiler: () => Compiler,
    private readonly program: Program,
    private readonly threads: number,
    private readonly mode: Mode,
  ) {
    this.planned = planned(program);
    this.own = nativePlanned(program);
    this.words = jobWords(this.planned.plan.live);
  }

  run(inputs: Inputs): Outputs {
    return toEnd(this.resumable(inputs));
  }

  *resumable(inputs: Inputs): Resumable<Outputs> {
    const { plan } = this.planned;
    const { name } = this.program;
    checkInputs(name, plan.live, inputs);
    if (this.isRunning) throw new TypeError(`${name}: native: a run in parts has to end before the next one starts`);
    const compiler = this.usable();
    const { sets, windows, lanesAtOnce } = inputs;
    const width =
      compiler === null ? null : widthOf(this.own, sets, windows, this.threads, compiler.lanes, lanesAtOnce);
    const ready = compiler === null || width === null ? null : this.readyFor(compiler, width);
    this.isRunning = true;
    try {
      if (compiler === null || ready === null) return yield* this.onWasm(inputs);
      if (this.mode === 'later' && !this.trusted.has(ready.library))
        return yield* this.onTrial(compiler, ready, inputs);
      this.slow?.dispose();
      this.slow = null;
      return yield* this.onLibrary(ready, inputs);
    } finally {
      this.isRunning = false;
    }
  }

  /** What the next run is on; `native` from when a library is there, the run of `later` that tries it among them. */
  get runsOn(): 'wasm' | 'native' {
    return [...this.builds.values()].some(({ build }) => build.state === 'ready') ? 'native' : 'wasm';
  }

  /** Frees the memory that the executable holds and leaves what is being compiled; it can be run again. */
  dispose(): void {
    for (const [name, { build }] of this.builds) {
      if (build.state !== 'working') continue;
      build.stop();
      this.builds.delete(name);
    }
    this.slow?.dispose();
    this.block = null;
  }

  /** The compiler; null while it is too early to ask, and where what it says leaves runs on wasm. */
  private usable(): Compiler | null {
    if (this.mode !== 'later') return this.askCompiler();
    if (this.found === undefined && this.spent >= WHILE) this.found = orNull(this.askCompiler);
    return this.found ?? null;
  }

  /** The library for a width, or a narrower one while it is not there; null where there is none yet. */
  private readyFor(compiler: Compiler, width: Width): Ready | null {
    const own = this.builds.get(nameOf(width))?.build ?? this.build(compiler, width);
    if (own?.state === 'failed' && this.mode !== 'later') throw own.error;
    if (own?.state === 'ready') return { library: own.library, width };
    for (const { build, width: other } of this.builds.values()) {
      // not a wider one: its tapes are more than what was planned for
      if (build.state === 'ready' && lanesOf(other) <= lanesOf(width) && other.windows === 1)
        return { library: build.library, width: other };
    }
    return null;
  }

  /** Begins to make the library for a width; null where it is too early. */
  private build(compiler: Compiler, width: Width): Build | null {
    if (this.mode !== 'now' && compilersAreBusy()) return null;
    const text = this.textOf(compiler, width);
    const keep = (build: Build) => {
      this.builds.set(nameOf(width), { width, build });
      return build;
    };
    if (this.mode === 'now') return keep({ state: 'ready', library: buildNow(compiler, text) });
    return keep(buildBeside(compiler, text, keep));
  }

  private textOf({ instructions }: Compiler, { lanes, vectors, windows }: Width): string {
    const varying = windows === 1 ? null : this.own.varying;
    const own = groupFunction(this.planned, this.words, vectors, varying);
    return `${prelude(instructions, lanes)}${own}${RUNTIME}`;
  }

  private *onWasm(inputs: Inputs): Resumable<Outputs> {
    this.slow ??= wasm.compile(this.program, { threads: this.threads });
    const start = performance.now();
    const outputs = yield* this.slow.resumable(inputs);
    this.spent += (performance.now() - start) / 1000;
    return outputs;
  }

  /** Does a run on both; what has other bits than wasm is not asked again. */
  private *onTrial(compiler: Compiler, ready: Ready, inputs: Inputs): Resumable<Outputs> {
    const wanted = yield* this.onWasm(inputs);
    const got = yield* this.onLibrary(ready, inputs);
    const name = Object.keys(wanted).find((n) => wanted[n].some((x, i) => !Object.is(x, got[n][i])));
    if (name === undefined) this.trusted.add(ready.library);
    else {
      const error = new UserError(`native: ${compiler.version} gives other bits than wasm (${name})`);
      this.builds.set(nameOf(ready.width), { width: ready.width, build: { state: 'failed', error } });
    }
    return wanted;
  }

  private *onLibrary({ library, width: { lanes, vectors, windows } }: Ready, inputs: Inputs): Resumable<Outputs> {
    const { live } = this.planned.plan;
    const frame = frameOf(live, inputs, {
      jobBytes: 8 * this.words.count,
      lanes: lanes * vectors,
      aside: windows,
      threads: this.threads,
      leastRows: 1,
    });
    if (this.block === null || this.block.bytes < frame.bytes) {
      this.block = null;
      this.block = new Block(frame.bytes, this.program.name, addressOf);
    }
    const { block } = this;
    fillFrame(frame, block, this.words, inputs, addressOf);
    yield* library.run({
      address: block.address,
      groups: frame.groups,
      threads: Math.min(this.threads, frame.groups),
      tape: block.address + frame.tape,
      tapeBytes: frame.tapeBytes,
    });
    return readOutputs(frame, inputs, (offset, length) => block.values(offset, length));
  }
}
