/**
 * Floor 2. What roll-outs of the same data on the same target have in common, for those who make many that differ little: the
 * series that programs read, and each program as it was compiled when one of them first had it.
 */
import { fingerprint, type Precision, type Program } from '../graph/index.js';
import type { Executable, Target } from '../targets/target.js';
import { marketSeries, type Prices } from './recorded.js';

export class Common {
  /** By data, which are taken for what they were when they were first seen, and the names of further series. */
  private readonly series = new WeakMap<Prices, Map<string, Float64Array>>();
  private readonly compiled = new Map<string, Executable>();
  /** Data whose prices and volumes hold, as `checkPrices` has it. */
  readonly checked = new WeakSet<Prices>();

  constructor(private readonly target: Target) {}

  /** As `marketSeries`. */
  market(data: Prices, names: readonly string[]): Float64Array {
    const known = this.series.get(data) ?? new Map<string, Float64Array>();
    this.series.set(data, known);
    const key = JSON.stringify(names);
    const made = known.get(key) ?? marketSeries(data, names);
    known.set(key, made);
    return made;
  }

  /** What was made of the same program when it first came. */
  compile(
    program: Program,
    options: { readonly threads: number | undefined; readonly precision: Precision },
  ): Executable {
    const key = [options.threads, options.precision, fingerprint(program)].join('\n');
    const known = this.compiled.get(key);
    if (known !== undefined) return known;
    const made = this.target.compile(program, options);
    this.compiled.set(key, made);
    return made;
  }

  /** Frees what the executables hold; roll-outs that have this in common can still run. */
  dispose(): void {
    for (const made of this.compiled.values()) made.dispose();
    this.compiled.clear();
  }
}
