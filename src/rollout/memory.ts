/** Floor 2. The memory plan: how the adjoint of the outermost scan keeps its carries within the bytes one allows. */
import { UserError } from '../errors.js';
import { liveness, type Precision, type Program, type Strategy, segmentInput } from '../graph/index.js';
import { tapeBytesPerLane } from '../targets/layout.js';

export interface MemoryPlan {
  readonly strategy: Strategy;
  /** Steps of a segment; 0 where all carries are kept. */
  readonly segment: number;
  /** Bytes of tape of one lane, and of all lanes that are in work at once. */
  readonly bytesPerLane: number;
  readonly bytes: number;
  /** What they may take. */
  readonly bound: number;
  /** Run integers of the plan. */
  readonly run: Readonly<Record<string, number>>;
}

export interface MemoryQuestion {
  /** The outermost scan and its steps. */
  readonly scan: string;
  readonly steps: number;
  /** Whether to keep more than its carries where that fits: carries of loops inside its steps, logarithms and exponentials. */
  readonly keepsNested: boolean;
  /** Whether there are loops inside its steps. */
  readonly nested: boolean;
  readonly program: (strategy: Strategy) => Program;
  readonly lanes: number;
  /** Of them, those whose tapes a program holds at once, where it may be told to hold no more than so many. */
  readonly atOnce: (program: Program, most: number) => number;
  readonly bound: number;
  /** Whether the target cuts a run whose tapes are too much for it. */
  readonly cutsRuns: boolean;
  readonly run: Readonly<Record<string, number>>;
  readonly precision: Precision;
}

/** What may be kept for the sake of speed, whatever the bound: half of what a WebAssembly memory can have. */
const MOST = 2 ** 31;

/**
 * Keeps every carry where that fits, and what its steps computed first of all; else segments of ⌈√steps⌉, which need the
 * least; an error where that is too much.
 */
export function planMemory(q: MemoryQuestion): MemoryPlan {
  const of = (strategy: Strategy, segment: number): MemoryPlan => {
    const run = segment > 0 ? { [segmentInput(q.scan)]: segment } : {};
    const program = q.program(strategy);
    const bytesPerLane = bytesOf(q, program, run);
    const most = lanesWithin({ bound: q.bound, strategy, bytesPerLane });
    return { strategy, segment, bytesPerLane, bytes: bytesPerLane * q.atOnce(program, most), bound: q.bound, run };
  };
  for (const strategy of wholeOf(q)) {
    const plan = of(strategy, 0);
    if (plan.bytes <= boundOf(plan)) return plan;
  }
  const cut = of('segments', Math.max(1, Math.ceil(Math.sqrt(q.steps))));
  if (cut.bytes <= q.bound || q.cutsRuns) return cut;
  throw new UserError(
    `memory: at least ${cut.bytes} bytes are needed for a training step of ${q.lanes} lanes, got --memory ${q.bound}; allow more memory, fewer threads or shorter windows`,
  );
}

/** How many lanes' tapes there is room for. */
export const lanesWithin = (plan: Pick<MemoryPlan, 'bound' | 'strategy' | 'bytesPerLane'>): number =>
  plan.bytesPerLane === 0 ? Number.POSITIVE_INFINITY : Math.floor(boundOf(plan) / plan.bytesPerLane);

const boundOf = ({ bound, strategy }: Pick<MemoryPlan, 'bound' | 'strategy'>): number =>
  strategy === 'storeNested' ? Math.min(bound, MOST) : bound;

const bytesOf = (q: MemoryQuestion, program: Program, run: Readonly<Record<string, number>> = {}): number =>
  tapeBytesPerLane(liveness(program), { ...q.run, ...run }, q.precision);

/** The strategies without segments, from the one that keeps most; without one that keeps what the next does. */
function wholeOf(q: MemoryQuestion): readonly Strategy[] {
  if (!q.keepsNested) return ['storeAll'];
  const keepsMore = () => bytesOf(q, q.program('storeNested')) > bytesOf(q, q.program('storeAll'));
  return q.nested || keepsMore() ? ['storeNested', 'storeAll'] : ['storeAll'];
}
