/** Floor 2. The programs of a roll-out as its target runs them: compiled when they are first needed, then kept. */
import type { Precision, Program } from '../graph/index.js';
import type { Executable, Target } from '../targets/target.js';
import type { Common } from './common.js';

export class Executables {
  private readonly made = new Map<string, Executable>();

  constructor(
    private readonly target: Target,
    private readonly threads: number | undefined,
    private readonly precision: Precision,
    private readonly common?: Common,
  ) {}

  /** The program of that key; `threads`: another number of them than the others have. */
  of(key: string, program: () => Program, threads = this.threads): Executable {
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const made = (this.common ?? this.target).compile(program(), { threads, precision: this.precision });
    this.made.set(key, made);
    return made;
  }

  dispose(): void {
    // what is in common is that of all
    if (this.common === undefined) for (const e of this.made.values()) e.dispose();
    this.made.clear();
  }
}
