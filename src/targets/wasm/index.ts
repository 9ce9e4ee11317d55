/**
 * Floor 1, wasm target: a program as one WebAssembly function in 128-bit SIMD, two neighbouring parameter sets of a
 * window or several times two at a time, on worker threads over one shared memory. Bits equal to the reference target's.
 *
 * Series are copied to the shared memory once and found again by the identity of their array: they must not be changed
 * after the first run that saw them. Set and lane inputs are copied at every run. A load outside its buffer is an error
 * of the program: it gives an arbitrary value or a trap.
 */
import { availableParallelism } from 'node:os';
import type { Buffer, Program } from '../../graph/index.js';
import { frameOf, readOutputs } from '../grouped/frame.js';
import { type Planned, planned } from '../grouped/plan.js';
import { vectorsOf } from '../grouped/width.js';
import { checkInputs } from '../layout.js';
import { precisionOf } from '../precision.js';
import { type Resumable, toEnd } from '../resumable.js';
import type { CompileOptions, Inputs, Outputs, SynchronousExecutable, SynchronousTarget } from '../target.js';
import { checkThreads } from '../threads.js';
import { type JobWords, jobWords } from './addresses.js';
import { assemble, FunctionBody, Type } from './assembler.js';
import { compileModule } from './compile.js';
import { fillFrame } from './frame.js';
import { type Block, heap, holdSeries, memoryFault, type Resident, releaseSeries, values } from './memory.js';
import { moduleBytes } from './printer.js';
import { forget, type GroupFunction, runGroups, type Shared, startWorkers } from './threads.js';

export const wasm: SynchronousTarget = {
  name: 'wasm',
  exact: true,
  precisions: ['float64'],
  // a thread works on a group of neighbouring sets of a window
  lanesAtOnce(sets, windows, threads, program) {
    const lanes = 2 * vectorsOf(planned(program).costs, sets, windows, threads);
    return lanes * Math.min(Math.ceil(sets / lanes) * windows, threads);
  },
  async probe() {
    const simd = WebAssembly.validate(assemble([new FunctionBody([Type.v128])], {}));
    const fault = simd
      ? memoryFault()
      : 'this processor has no 128-bit SIMD that WebAssembly can use; take --device reference';
    const reason = fault ?? `WebAssembly SIMD, float64, ${availableParallelism()} threads`;
    return { available: fault === null, reason, device: 'cpu' };
  },
  keepsNested: true,
  threads: (wanted) => 1 + startWorkers(wanted - 1),
  /** `threads`: how many work at once, the caller's among them; all cores where absent. */
  compile(program: Program, options?: CompileOptions): SynchronousExecutable {
    precisionOf(wasm, options?.precision);
    return new WasmExecutable(planned(program), checkThreads(options?.threads ?? availableParallelism()));
  },
};

let modules = 0;

class WasmExecutable implements SynchronousExecutable {
  private readonly words: JobWords;
  /** What threads run, by the vectors of a group; each is compiled when it is first asked for. */
  private readonly shared = new Map<number, Shared>();
  /** The frame of the last run: the next one takes it if it fits. */
  private block: Block | null = null;
  private readonly series = new Map<Buffer, Resident>();
  private isRunning = false;

  constructor(
    private readonly planned: Planned,
    private readonly threads: number,
  ) {
    this.words = jobWords(planned.plan.live);
    // refuses at once where this process may not have the memory
    heap();
    startWorkers(threads - 1);
  }

  run(inputs: Inputs): Outputs {
    return toEnd(this.resumable(inputs));
  }

  *resumable(inputs: Inputs): Resumable<Outputs> {
    const { words, planned } = this;
    const { plan, costs } = planned;
    const { name } = plan.program;
    checkInputs(name, plan.live, inputs);
    if (this.isRunning) throw new TypeError(`${name}: wasm: a run in parts has to end before the next one starts`);
    this.holdAllSeries(inputs);
    const vectors = vectorsOf(costs, inputs.sets, inputs.windows, this.threads);
    const shared = this.sharedOf(vectors);
    const frame = frameOf(plan.live, inputs, {
      jobBytes: 4 * words.count,
      lanes: 2 * vectors,
      threads: this.threads,
      leastRows: 0,
    });
    const at = this.room(frame.bytes);
    fillFrame(frame, at, words, inputs, (b) => this.series.get(b)?.block.address as number);
    this.isRunning = true;
    try {
      yield* runGroups(name, shared, {
        address: at,
        groups: frame.groups,
        threads: Math.min(this.threads, frame.groups),
        tape: at + frame.tape,
        tapeBytes: frame.tapeBytes,
      });
    } finally {
      this.isRunning = false;
    }
    return readOutputs(frame, inputs, (offset, length) => values(at + offset, length));
  }

  /** Frees the memory that the executable holds; it can be run again. */
  dispose(): void {
    if (this.block !== null) heap().release(this.block);
    this.block = null;
    for (const held of this.series.values()) releaseSeries(held);
    this.series.clear();
    for (const { id } of this.shared.values()) forget(id);
  }

  private sharedOf(vectors: number): Shared {
    const known = this.shared.get(vectors);
    if (known !== undefined) return known;
    const module = compileModule(moduleBytes(this.planned.plan, this.words, vectors));
    const instance = new WebAssembly.Instance(module, { env: { memory: heap().memory } });
    const made = { id: modules++, module, group: instance.exports.group as GroupFunction };
    this.shared.set(vectors, made);
    return made;
  }

  private holdAllSeries(inputs: Inputs): void {
    for (const b of this.planned.plan.live.buffers) {
      if (b.kind !== 'series') continue;
      const held = this.series.get(b);
      this.series.delete(b);
      this.series.set(b, holdSeries(inputs.buffers[b.name], held, `the series ${b.name}`));
    }
  }

  /** The address of a block that has room for the frame. */
  private room(bytes: number): number {
    if (this.block === null || this.block.bytes < bytes) {
      if (this.block !== null) heap().release(this.block);
      this.block = null;
      this.block = heap().allocate(bytes, this.planned.plan.program.name);
    }
    return this.block.address;
  }
}
