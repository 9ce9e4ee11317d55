/**
 * Floor 1, webgpu target. How much of a run one submission to the device may do: short enough that no browser or driver ends
 * it, that progress is shown and Ctrl-C heard; long beside what a submission costs.
 */
import type { Dispatch } from './frame.js';
import { type Shader, WORKGROUP } from './printer.js';

/** Milliseconds that a submission should take. */
const SUBMISSION = 200;
/** A step of more than this many times that long is cut into lanes. */
const LONG = 1.5;
/**
 * The first dispatch of a loop: one step of so many lanes, for even one may be a leg of 1440 minutes. The next ones go by the
 * time that it took, growing by no more than this.
 */
const FIRST_LANES = 1024;
const GROWTH = 8;
/** What no length of a loop exceeds. */
const MOST_STEPS = 2 ** 31 - 1;

export interface Launch extends Dispatch {
  readonly phase: number;
}

/** Where a slice stands: the phase, the steps taken there by all lanes, and before which lane the next step begins. */
export interface Standing {
  readonly phase: number;
  readonly first: number;
  readonly begin: number;
}

interface Known {
  /** Milliseconds of one step of so many lanes, and the steps of the dispatch that told it. */
  readonly step: number;
  readonly lanes: number;
  readonly steps: number;
}

export class Pace {
  /** By phase, of loops. */
  private readonly known = new Map<number, Known>();
  private readonly lengths = new Map<number, number>();

  constructor(private readonly phases: Shader['phases']) {}

  /** The next submission: phases one after the other, as far as the loops among them are sure to end. */
  next(at: Standing, lanes: number): Launch[] {
    const launches: Launch[] = [];
    let budget = SUBMISSION;
    for (let phase = at.phase; phase < this.phases.length; phase++) {
      if (!this.phases[phase].isLoop) {
        launches.push({ phase, begin: 0, end: lanes, first: 0, steps: 0 });
        continue;
      }
      const { first, begin } = phase === at.phase ? at : { first: 0, begin: 0 };
      const isAlone = !launches.some((l) => this.phases[l.phase].isLoop);
      const known = this.known.get(phase);
      const cost = known === undefined ? Number.POSITIVE_INFINITY : known.step * Math.max(1, lanes / known.lanes);
      if (known === undefined || begin > 0 || (cost > LONG * SUBMISSION && lanes > WORKGROUP)) {
        const part = known === undefined ? FIRST_LANES : Math.floor((lanes * SUBMISSION) / cost);
        const end = Math.min(lanes, begin + WORKGROUP * Math.max(1, Math.floor(part / WORKGROUP)));
        if (isAlone) launches.push({ phase, begin, end, first, steps: 1 });
        break;
      }
      const affordable = Math.floor(budget / cost);
      if (affordable < 1 && !isAlone) break;
      const steps = Math.min(MOST_STEPS, GROWTH * known.steps, Math.max(1, affordable));
      launches.push({ phase, begin: 0, end: lanes, first, steps });
      const left = (this.lengths.get(phase) ?? Number.POSITIVE_INFINITY) - first;
      if (steps < left) break;
      budget -= cost * left;
    }
    return launches;
  }

  /** What a submission took; `reports` by phase: steps left at most, and the longest loop of any lane. */
  learn(launches: readonly Launch[], reports: Uint32Array, milliseconds: number): void {
    const loops = launches.filter((l) => this.phases[l.phase].isLoop);
    for (const { phase } of loops) {
      if (reports[2 * phase + 1] > 0) this.lengths.set(phase, reports[2 * phase + 1]);
    }
    // of several nobody knows which took how long
    if (loops.length !== 1) return;
    const [{ phase, begin, end, first, steps }] = loops;
    const taken = Math.min(steps, reports[2 * phase + 1] - first);
    if (taken > 0) this.known.set(phase, { step: milliseconds / taken, lanes: end - begin, steps: taken });
  }

  /** Where a slice stands after a submission. */
  after(at: Standing, launches: readonly Launch[], reports: Uint32Array, leftBefore: number, lanes: number): Standing {
    let standing = at;
    for (const { phase, end, first, steps } of launches) {
      if (this.phases[phase].isLoop) {
        if (end < lanes) return { phase, first, begin: end };
        if (Math.max(leftBefore, reports[2 * phase]) > 0) return { phase, first: first + steps, begin: 0 };
      }
      standing = { phase: phase + 1, first: 0, begin: 0 };
    }
    return standing;
  }

  /** How much is done, each phase counted alike. */
  share({ phase, first }: Standing): number {
    const length = this.lengths.get(phase);
    return (phase + (length === undefined ? 0 : Math.min(1, first / length))) / this.phases.length;
  }
}
