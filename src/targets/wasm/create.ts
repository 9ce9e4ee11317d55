/**
 * Floor 1, wasm target: a program as one WebAssembly function in 128-bit SIMD, two neighbouring parameter sets of a
 * window or several times two at a time, on threads over one shared memory. Bits equal to the reference target's.
 *
 * Series are copied to the shared memory once and found again by the identity of their array: they must not be changed
 * after the first run that saw them. Set and lane inputs are copied at every run. A load outside its buffer is an error
 * of the program: it gives an arbitrary value or a trap.
 */
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
import { fillFrame } from './frame.js';
import type { Host } from './host.js';
import { type Block, Heap, type Resident } from './memory.js';
import { moduleBytes } from './printer.js';
import { type Shared, Threads } from './threads.js';
import type { GroupFunction } from './worker.js';

/** The target where that host is. One to a process: its memory is reserved once. */
export function createWasm(host: Host): SynchronousTarget {
  const machine = new Machine(host);
  const target: SynchronousTarget = {
    name: 'wasm',
    exact: true,
    precisions: ['float64'],
    // a thread works on a group of neighbouring sets of a window
    lanesAtOnce(sets, windows, threads, program) {
      const lanes = 2 * vectorsOf(planned(program).costs, sets, windows, threads);
      return lanes * Math.min(Math.ceil(sets / lanes) * windows, threads);
    },
    async probe() {
      const simd = WebAssembly.validate(assemble([new FunctionBody([Type.v128])], {}, host.shares));
      const fault = simd
        ? machine.memoryFault()
        : 'this processor has no 128-bit SIMD that WebAssembly can use; take --device reference';
      const threads = host.cores();
      const reason = fault ?? `WebAssembly SIMD, float64, ${threads} thread${threads === 1 ? '' : 's'}`;
      return { available: fault === null, reason, device: 'cpu' };
    },
    keepsNested: true,
    threads: (wanted) => 1 + machine.threads.start(wanted - 1),
    /** `threads`: how many work at once, the caller's among them; all cores where absent. */
    compile(program: Program, options?: CompileOptions): SynchronousExecutable {
      precisionOf(target, options?.precision);
      return new WasmExecutable(planned(program), checkThreads(options?.threads ?? host.cores()), machine);
    },
  };
  return target;
}

/** What all executables of a process share. */
class Machine {
  readonly threads: Threads;
  private made: Heap | null = null;
  private modules = 0;

  constructor(readonly host: Host) {
    this.threads = new Threads(host, () => this.heap);
  }

  /** Made when first asked for. Throws a UserError where this process cannot have it. */
  get heap(): Heap {
    this.made ??= new Heap(this.host.shares);
    return this.made;
  }

  /** Why this process cannot have the memory, or null. */
  memoryFault(): string | null {
    try {
      void this.heap;
      return null;
    } catch (error) {
      return (error as Error).message.replace('wasm: ', '');
    }
  }

  share(bytes: Uint8Array<ArrayBuffer>): Shared {
    const module = this.host.compile(bytes);
    const instance = new WebAssembly.Instance(module, { env: { memory: this.heap.memory } });
    return { id: this.modules++, module, group: instance.exports.group as GroupFunction };
  }
}

class WasmExecutable implements SynchronousExecutable {
  private readonly words: JobWords;
  /** What threads run, by the vectors of a group; each is compiled when it is first asked for. */
  private readonly shared = new Map<number, Shared>();
  /** The frame of the last run: the next one takes it if it fits. */
  private block: Block | null = null;
  private readonly series = new Map<Buffer, Resident>();
  private isRunning = false;
  private readonly heap: Heap;

  constructor(
    private readonly planned: Planned,
    private readonly threads: number,
    private readonly machine: Machine,
  ) {
    this.words = jobWords(planned.plan.live);
    // refuses at once where this process may not have the memory
    this.heap = machine.heap;
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
    fillFrame(this.heap, frame, at, words, inputs, (b) => this.series.get(b)?.block.address as number);
    this.isRunning = true;
    try {
      yield* this.machine.threads.runGroups(name, shared, {
        address: at,
        groups: frame.groups,
        threads: Math.min(this.threads, frame.groups),
        tape: at + frame.tape,
        tapeBytes: frame.tapeBytes,
      });
    } finally {
      this.isRunning = false;
    }
    return readOutputs(frame, inputs, (offset, length) => this.heap.values(at + offset, length));
  }

  /** Frees the memory that the executable holds; it can be run again. */
  dispose(): void {
    if (this.block !== null) this.heap.release(this.block);
    this.block = null;
    for (const held of this.series.values()) this.heap.releaseSeries(held);
    this.series.clear();
    for (const { id } of this.shared.values()) this.machine.threads.forget(id);
  }

  private sharedOf(vectors: number): Shared {
    const known = this.shared.get(vectors);
    if (known !== undefined) return known;
    const made = this.machine.share(moduleBytes(this.planned, this.words, vectors, this.machine.host.shares));
    this.shared.set(vectors, made);
    return made;
  }

  private holdAllSeries(inputs: Inputs): void {
    for (const b of this.planned.plan.live.buffers) {
      if (b.kind !== 'series') continue;
      const held = this.series.get(b);
      this.series.delete(b);
      this.series.set(b, this.heap.holdSeries(inputs.buffers[b.name], held, `the series ${b.name}`));
    }
  }

  /** The address of a block that has room for the frame. */
  private room(bytes: number): number {
    if (this.block === null || this.block.bytes < bytes) {
      if (this.block !== null) this.heap.release(this.block);
      this.block = null;
      this.block = this.heap.allocate(bytes, this.planned.plan.program.name);
    }
    return this.block.address;
  }
}
