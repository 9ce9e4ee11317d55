/** The interpreter as a target: kernels as the cuda target writes them, launched again until all lanes are through. */
import { type Buffer, type Live, lower, type Precision, type Program, schedule } from '../../src/graph/index.js';
import { type Kernel as Emitted, kernelOf } from '../../src/targets/cuda/ptx.js';
import { withRematerialisation } from '../../src/targets/cuda/rematerialisation.js';
import { checkInputs, rowLength, rowsOf } from '../../src/targets/layout.js';
import { type Formats, type HeldInputs, type HeldOutputs, precisionOf, widened } from '../../src/targets/precision.js';
import { atOnce } from '../../src/targets/resumable.js';
import type {
  CompileOptions,
  Inputs,
  Outputs,
  SynchronousExecutable,
  SynchronousTarget,
} from '../../src/targets/target.js';
import { Kernel } from './machine.js';
import { Memory } from './memory.js';

/** The oldest architecture that the cuda target writes for. */
export const ARCHITECTURE = 'sm_75';

/** Threads of a block: few numbers of lanes are multiples of it. */
const BLOCK = 4;

/** Steps of a launch: roll-outs pause often, at other places than their segments and arms begin. */
const OFTEN = 3;
/** As many as a launch can be told to take: a loop never pauses but before its first step. */
export const SELDOM = 2 ** 31 - 1;

/** As if a number took so many registers: nearly all that can be computed again is. */
const HUGE = 100;

/** What the cuda target writes for a program; `crowded`: what it would, had it hardly any registers. */
export function emitted(
  program: Program,
  precision: Precision = 'float64',
  crowded = false,
): Emitted & { readonly live: Live } {
  const scheduled = schedule(lower(program, precision));
  const plan = crowded ? withRematerialisation(scheduled, HUGE) : scheduled;
  return { ...kernelOf(plan, { arch: ARCHITECTURE, precision }), live: plan.live };
}

const PRECISIONS: readonly Precision[] = ['float64', 'float32'];

/** The target; `steps`: those that a launch may take in a loop; `crowded`: with hardly any registers. */
export const interpreter = ({ steps = OFTEN, crowded = false } = {}): SynchronousTarget => ({
  name: 'ptx',
  exact: true,
  precisions: PRECISIONS,
  lanesAtOnce: (sets, windows) => sets * windows,
  probe: async () => ({ available: true, reason: 'PTX, one thread after the other', device: 'cpu' }),
  compile(program: Program, options: CompileOptions = {}): SynchronousExecutable {
    const precision = precisionOf({ name: 'ptx', precisions: PRECISIONS }, options.precision);
    const { text, parameters, live, formats, pauses } = emitted(program, precision, crowded);
    const kernel = new Kernel(text);
    const executable: SynchronousExecutable = {
      resumable: (inputs) => atOnce(() => executable.run(inputs)),
      run(inputs: Inputs): Outputs {
        checkInputs(program.name, live, inputs);
        const run = new Run(formats.hold(inputs), formats);
        const { sets, windows } = inputs;
        const lanes = sets * windows;
        const kept = new Float64Array((pauses?.values ?? 0) * lanes);
        const values = parameters.map((p) => {
          if (p.kind === 'buffer') return run.address(p.buffer);
          if (p.kind === 'run') return inputs.run[p.input.name];
          if (p.kind === 'window') return run.integers(p.input.name);
          if (p.kind === 'kept') return run.memory.output(kept, { written: lanes, lanes });
          return { sets, windows, steps }[p.what];
        });
        const launch = { grid: Math.ceil(lanes / BLOCK), block: BLOCK, arguments: values };
        do kernel.launch(run.memory, launch);
        while (pauses !== null && kept.subarray(0, lanes).some((place) => place !== pauses.done));
        return widened(run.outputs);
      },
      dispose() {},
    };
    return executable;
  },
});

/** What the launches of one run share: memory, with inputs, outputs and tapes in it. */
class Run {
  readonly memory = new Memory();
  readonly outputs: HeldOutputs = {};
  private readonly addresses = new Map<string, number>();

  constructor(
    private readonly inputs: HeldInputs,
    private readonly formats: Formats,
  ) {}

  address(b: Buffer): number {
    const { sets, windows, run, buffers } = this.inputs;
    if (b.kind !== 'output' && b.kind !== 'tape') return this.memory.input(buffers[b.name]);
    const lanes = b.kind === 'tape' ? sets * windows : 1;
    const values = this.formats.cells(b, rowsOf(b, run) * rowLength(b, sets, windows) * lanes);
    if (b.kind === 'output') this.outputs[b.name] = values;
    return this.memory.output(values);
  }

  /** The address of an integer's values by window. */
  integers(name: string): number {
    return this.once(name, () => this.memory.input(this.inputs.window[name]));
  }

  private once(key: string, place: () => number): number {
    const address = this.addresses.get(key) ?? place();
    this.addresses.set(key, address);
    return address;
  }
}
