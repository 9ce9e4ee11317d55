/** The interpreter as a target: kernels as the cuda target writes them, launched piece by piece as its runtime does. */
import { type Buffer, type Live, lower, type Program, schedule } from '../../src/graph/index.js';
import { type Kernel as Emitted, kernelOf } from '../../src/targets/cuda/ptx.js';
import { checkInputs, rowLength, rowsOf } from '../../src/targets/layout.js';
import type { Executable, Inputs, Outputs, Target } from '../../src/targets/target.js';
import { Kernel } from './machine.js';
import { Memory } from './memory.js';

/** The oldest architecture that the cuda target writes for. */
export const ARCHITECTURE = 'sm_75';

/** Threads of a block, and lanes of a launch: neither divides the other, so every launch ends in the middle of a block. */
const BLOCK = 4;
const SPAN = 7;

/** What the cuda target writes for a program. */
export function emitted(program: Program): Emitted & { readonly live: Live } {
  const plan = schedule(lower(program));
  return { ...kernelOf(plan, { arch: ARCHITECTURE }), live: plan.live };
}

export const interpreter: Target = {
  name: 'ptx',
  exact: true,
  probe: async () => ({ available: true, reason: 'PTX, one thread after the other', device: 'cpu' }),
  compile(program: Program): Executable {
    const { text, parameters, live } = emitted(program);
    const kernel = new Kernel(text);
    return {
      run(inputs: Inputs): Outputs {
        checkInputs(program.name, live, inputs);
        const run = new Run(inputs);
        const lanes = inputs.sets * inputs.windows;
        for (let first = 0; first < lanes; first += SPAN) {
          const span = Math.min(SPAN, lanes - first);
          const values = parameters.map((p) => {
            if (p.kind === 'buffer') return run.address(p.buffer, span);
            if (p.kind === 'run') return inputs.run[p.input.name];
            if (p.kind === 'window') return run.integers(p.input.name);
            return { sets: inputs.sets, windows: inputs.windows, first, span }[p.what];
          });
          kernel.launch(run.memory, { grid: Math.ceil(span / BLOCK), block: BLOCK, arguments: values });
        }
        return run.outputs;
      },
      dispose() {},
    };
  },
};

/** What the launches of one run share: memory, with inputs and outputs in it. */
class Run {
  readonly memory = new Memory();
  readonly outputs: Outputs = {};
  private readonly addresses = new Map<Buffer | string, number>();

  constructor(private readonly inputs: Inputs) {}

  /** Tapes are new in every launch, so that nothing is read that another one left there. */
  address(b: Buffer, span: number): number {
    if (b.kind === 'tape') return this.memory.output(new Float64Array(rowsOf(b, this.inputs.run) * b.columns * span));
    return this.once(b, () => {
      if (b.kind !== 'output') return this.memory.input(this.inputs.buffers[b.name]);
      const { sets, windows, run } = this.inputs;
      this.outputs[b.name] = new Float64Array(rowsOf(b, run) * rowLength(b, sets, windows));
      return this.memory.output(this.outputs[b.name]);
    });
  }

  /** The address of an integer's values by window. */
  integers(name: string): number {
    return this.once(name, () => this.memory.input(this.inputs.window[name]));
  }

  private once(key: Buffer | string, place: () => number): number {
    const address = this.addresses.get(key) ?? place();
    this.addresses.set(key, address);
    return address;
  }
}
