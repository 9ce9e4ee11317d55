/** Floor 2. The memory plan: how the adjoint of the outermost scan keeps its carries within the bytes one allows. */
import { UserError } from '../errors.js';
import { liveness, type Program, type Strategy, segmentInput } from '../graph/index.js';
import { tapeBytesPerLane } from '../targets/layout.js';

export interface MemoryPlan {
  readonly strategy: Strategy;
  /** Steps of a segment; 0 where all carries are kept. */
  readonly segment: number;
  /** Bytes of tape of one lane, and of all lanes that are in work at once. */
  readonly bytesPerLane: number;
  readonly bytes: number;
  /** Run integers of the plan. */
  readonly run: Readonly<Record<string, number>>;
}

export interface MemoryQuestion {
  /** The outermost scan and its steps. */
  readonly scan: string;
  readonly steps: number;
  readonly program: (strategy: Strategy) => Program;
  readonly sets: number;
  readonly windows: number;
  /** Whether a target works on a pair of neighbouring sets of a window in each thread, or on all lanes at once. */
  readonly exact: boolean;
  readonly threads: number;
  readonly budget: number;
  readonly run: Readonly<Record<string, number>>;
}

/** Keeps every carry where that fits, else segments of ⌈√steps⌉, which need the least; an error where that is too much. */
export function planMemory(q: MemoryQuestion): MemoryPlan {
  const lanes = q.sets * q.windows;
  const pairs = Math.ceil(q.sets / 2) * q.windows;
  const atOnce = q.exact ? 2 * Math.min(pairs, q.threads) : lanes;
  const of = (strategy: Strategy, segment: number): MemoryPlan => {
    const run = segment > 0 ? { [segmentInput(q.scan)]: segment } : {};
    const bytesPerLane = tapeBytesPerLane(liveness(q.program(strategy)), { ...q.run, ...run });
    return { strategy, segment, bytesPerLane, bytes: bytesPerLane * atOnce, run };
  };
  const all = of('storeAll', 0);
  if (all.bytes <= q.budget) return all;
  const cut = of('segments', Math.max(1, Math.ceil(Math.sqrt(q.steps))));
  if (cut.bytes <= q.budget) return cut;
  throw new UserError(
    `memory: at least ${cut.bytes} bytes are needed for a training step of ${lanes} lanes, got --memory ${q.budget}; allow more memory, fewer threads or shorter windows`,
  );
}
