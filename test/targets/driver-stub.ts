/**
 * The stand-in for the driver's library (driver-stub.c), compiled where there is a C compiler. What a launch does there is
 * what the PTX interpreter makes of the kernel's text, on the memory and with the arguments that the runtime gave.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { type Buffer as DataBuffer, lower, type Precision, type Program, schedule } from '../../src/graph/index.js';
import { type EntryPoint, LIBRARY_VARIABLE } from '../../src/targets/cuda/entries.js';
import {
  type CudaExecutable,
  type CudaTarget,
  createCudaTarget,
  type DeviceWord,
} from '../../src/targets/cuda/index.js';
import { type KernelParameter, kernelOf, type Tuning } from '../../src/targets/cuda/ptx.js';
import { rowLength, rowsOf } from '../../src/targets/layout.js';
import { BYTES, type Formats } from '../../src/targets/precision.js';
import { SELF_TEST, SELF_TEST_INPUTS } from '../../src/targets/self-test.js';
import type { Inputs, Resident } from '../../src/targets/target.js';
import { Kernel } from '../ptx/machine.js';
import { Memory } from '../ptx/memory.js';

const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
const HOOK = koffi.pointer(
  koffi.proto('int StubHook(const char *text, const uint64_t *arguments, uint32_t blocks, uint32_t threads)'),
);

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-driver-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const built = build();

/** Why there is no stub here; null where there is one. */
export const missing = 'path' in built ? null : built.reason;

function build(): { readonly path: string } | { readonly reason: string } {
  if (process.platform !== 'linux') return { reason: `the stub is built on Linux, this is ${process.platform}` };
  const source = fileURLToPath(new URL('driver-stub.c', import.meta.url));
  const path = join(folder, 'driver.so');
  const { status, stderr, error } = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-o', path, source], {
    encoding: 'utf8',
  });
  if (error !== undefined) return { reason: `no C compiler (cc): ${error.message}` };
  if (status !== 0) throw new Error(`driver-stub.c does not compile: ${stderr}`);
  return { path };
}

export interface StubOptions {
  readonly devices?: number;
  /** As the driver tells it: 12040 for 12.4. */
  readonly version?: number;
  /** Bytes of each device. */
  readonly memory?: number;
  readonly capability?: readonly [number, number];
}

const KINDS = ['blocks', 'modules', 'streams', 'events', 'contexts'] as const;
export type Alive = Record<(typeof KINDS)[number], number>;
export const NOTHING_ALIVE: Alive = { blocks: 0, modules: 0, streams: 0, events: 0, contexts: 0 };

/** What a kernel of a program needs to be run: its text is the key. */
interface Known {
  readonly parameters: readonly KernelParameter[];
  readonly formats: Formats;
  readonly keptValues: number;
  readonly kernel: Kernel;
  /** Of the run that launches it. */
  readonly inputs: Inputs<Resident>;
}

type Emitted = Omit<Known, 'inputs'> & { readonly text: string };
const emittedBefore = new WeakMap<Program, Map<Precision, Emitted>>();

/** What the cuda target writes for a program, made runnable: once for all stubs. */
function emitted(program: Program, precision: Precision): Emitted {
  const kinds = emittedBefore.get(program) ?? new Map<Precision, Emitted>();
  emittedBefore.set(program, kinds);
  const known = kinds.get(precision);
  if (known !== undefined) return known;
  const plan = schedule(lower(program, precision));
  const { text, parameters, formats, pauses } = kernelOf(plan, { arch: 'sm_75', precision });
  const made = { text, parameters, formats, keptValues: pauses?.values ?? 0, kernel: new Kernel(text) };
  kinds.set(precision, made);
  return made;
}

let copies = 0;

/** A library with a state of its own, which the cuda target opens from now on. */
export class Stub {
  readonly path = join(folder, `driver-${copies++}.so`);
  /** Those that do not go on where another paused. `steps`: by launch, how many it may take in a loop. */
  readonly launches: { readonly sets: number; readonly windows: number; readonly steps: number[] }[] = [];
  /** What went wrong inside of a launch, where no error can leave it. */
  failure: unknown = null;
  private readonly library: ReturnType<typeof koffi.load>;
  private readonly known = new Map<string, Known>();
  private readonly roomAt: (address: bigint) => number;

  constructor(options: StubOptions = {}) {
    const { devices = 1, version = 12040, memory = 2 ** 24, capability = [9, 0] } = options;
    copyFileSync((built as { path: string }).path, this.path);
    this.library = koffi.load(this.path);
    const reset = this.library.func('void stub_reset(int count, int version, uint64_t bytes, int major, int minor)');
    reset(devices, version, memory, ...capability);
    // auto and doctor run it on targets of their own
    for (const precision of ['float64', 'float32'] as const) this.know(SELF_TEST, SELF_TEST_INPUTS, precision);
    this.roomAt = this.library.func('uint64_t stub_room(uint64_t address)');
    const hook = koffi.register(this.launched, HOOK);
    this.library.func('stub_hook', 'void', [HOOK])(hook);
    process.env[LIBRARY_VARIABLE] = this.path;
  }

  /** Lets an entry point return `status`: after `skip` calls, `times` times. */
  fail(name: EntryPoint, status: number, { skip = 0, times = 1 } = {}): void {
    this.library.func('void stub_fail(const char *name, int status, int skip, int times)')(name, status, skip, times);
  }

  attribute(device: number, attribute: number, value: number): void {
    this.library.func('void stub_attribute(int device, int attribute, int value)')(device, attribute, value);
  }

  /** The calls since the last time, as `name arguments…`. */
  calls(): string[] {
    const text = this.library.func('const char *stub_calls()')() as string;
    return text === '' ? [] : text.trimEnd().split('\n');
  }

  /** What the driver still holds. */
  alive(): Alive {
    const counts = new Int32Array(KINDS.length);
    this.library.func('void stub_alive(int *counts)')(counts);
    return Object.fromEntries(KINDS.map((kind, i) => [kind, counts[i]])) as Alive;
  }

  /** The cuda target; its launches do what the kernels' texts say. Plans go by the caller's bound, as on CPU targets. */
  target(word: DeviceWord = 'cuda', tuning: Tuning = {}): CudaTarget {
    const target = createCudaTarget(word, tuning);
    return {
      ...target,
      memory: undefined,
      compile: (program, options) => this.knowing(program, target.compile(program, options), options?.precision),
    };
  }

  /** An executable that tells the stub before each run which program its kernel is of. */
  private knowing(program: Program, executable: CudaExecutable, precision: Precision = 'float64'): CudaExecutable {
    const keeping = executable.keeping.bind(executable);
    executable.keeping = (names, inputs) => {
      this.know(program, inputs, precision);
      return keeping(names, inputs);
    };
    return executable;
  }

  private know(program: Program, inputs: Inputs<Resident>, precision: Precision): void {
    const { text, ...rest } = emitted(program, precision);
    this.known.set(text, { ...rest, inputs });
  }

  private readonly launched = (text: string, given: bigint, grid: number, block: number): number => {
    try {
      const known = this.known.get(text);
      if (known === undefined) throw new Error('stub: a kernel was launched that no program here has');
      const values = new BigUint64Array(koffi.view(given, 8 * known.parameters.length));
      this.run(known, [...values], grid, block);
      return 0;
    } catch (error) {
      this.failure ??= error;
      return 1;
    }
  };

  private run(
    { parameters, formats, keptValues, kernel, inputs }: Known,
    values: readonly bigint[],
    grid: number,
    block: number,
  ): void {
    const [sets, windows, steps] = values.slice(0, 3).map(Number);
    const lanes = sets * windows;
    const memory = new Memory();
    const taken: { readonly from: bigint; readonly to: bigint; readonly isRead: boolean }[] = [];
    /** The bytes of the stub's memory at an address, which no other argument may have but the same input under two names. */
    const at = (address: bigint, bytes: number, isRead = false): ArrayBuffer => {
      if (bytes > this.roomAt(address)) throw new Error(`stub: ${bytes} bytes at ${address} leave their block`);
      const [from, to] = [address, address + BigInt(bytes)];
      const isSame = (t: (typeof taken)[number]) => isRead && t.isRead && t.from === from && t.to === to;
      if (taken.some((t) => from < t.to && t.from < to && !isSame(t)))
        throw new Error(`stub: two arguments meet at ${address}`);
      taken.push({ from, to, isRead });
      return koffi.view(address, bytes);
    };
    const keptAt = values[parameters.findIndex((p) => p.kind === 'kept')];
    const kept = keptValues === 0 ? new Float64Array(0) : new Float64Array(at(keptAt, 8 * keptValues * lanes));
    // a launch that goes on finds what those before it wrote
    const goesOn = kept.subarray(0, lanes).some((place) => place !== 0);
    if (!goesOn) this.launches.push({ sets, windows, steps: [] });
    if (keptValues > 0) this.launches[this.launches.length - 1].steps.push(steps);
    const place = (b: DataBuffer, address: bigint): number => {
      const isInput = b.kind !== 'output' && b.kind !== 'tape';
      const rows = isInput
        ? inputs.buffers[b.name].length / rowLength(b, inputs.sets, inputs.windows)
        : rowsOf(b, inputs.run);
      const length = rows * rowLength(b, sets, windows) * (b.kind === 'tape' ? lanes : 1);
      const format = formats.in(b);
      const Cells = format === 'f64' ? Float64Array : Float32Array;
      const cells = length === 0 ? new Cells(0) : new Cells(at(address, BYTES[format] * length, isInput));
      if (isInput) return memory.input(cells);
      if (goesOn) return memory.output(cells, { written: length, lanes });
      if (b.kind === 'output' && cells.some((v) => v !== 0))
        throw new Error(`stub: the output ${b.name} is not cleared`);
      return memory.output(cells);
    };
    const integers = parameters.map((p, i) => {
      if (p.kind === 'u32' || p.kind === 'run') return Number(values[i]) | 0;
      if (p.kind === 'window') return memory.input(new Int32Array(at(values[i], 4 * windows)));
      if (p.kind === 'kept') return memory.output(kept, { written: goesOn ? kept.length : lanes, lanes });
      return place(p.buffer, values[i]);
    });
    kernel.launch(memory, { grid, block, arguments: integers });
  }
}

/** What frees: where it fails, what it should have freed is left, and all else is not. */
export const FREES = /^cu(ModuleUnload|MemFree_v2|EventDestroy_v2|StreamDestroy_v2|DevicePrimaryCtxRelease_v2)$/;

/** The calls that were made, by name and how often that was called before. */
export function counted(calls: readonly string[]): { readonly name: EntryPoint; readonly skip: number }[] {
  const before = new Map<string, number>();
  return calls.map((call) => {
    const name = call.split(' ')[0] as EntryPoint;
    const skip = before.get(name) ?? 0;
    before.set(name, skip + 1);
    return { name, skip };
  });
}

/** Does works, one within another, each whatever became of the others; gives the first error. */
export function firstFailure(works: (noted: (work: () => void) => void) => void): unknown {
  let failure: unknown = null;
  works((work) => {
    try {
      work();
    } catch (error) {
      failure ??= error;
    }
  });
  return failure;
}

/**
 * How much the driver still holds after a call failed. A module that could not be unloaded, for its device could not be
 * made the current one, does not count: its context takes it along.
 */
export function leftAfter(failed: EntryPoint, stub: Stub): number {
  const { modules, ...rest } = stub.alive();
  return Object.values(rest).reduce((a, b) => a + b, failed === 'cuCtxSetCurrent' ? 0 : modules);
}

/** After a test: nothing went wrong inside of a launch, nothing is held, and the next driver is the machine's own. */
export function expectNothingLeft(stub: Stub): void {
  delete process.env[LIBRARY_VARIABLE];
  expect(stub.failure).toBe(null);
  expect(stub.alive()).toEqual(NOTHING_ALIVE);
}
