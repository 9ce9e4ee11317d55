/**
 * Floor 7. A training of the page: the library's own loop, which can be paused, let go on and stopped, and tells how it goes in
 * few and small messages.
 */
import {
  type Best,
  checkTraining,
  columnOf,
  courseNotes,
  describeEvent,
  doubtsOf,
  type Earlier,
  findingsOf,
  type Held,
  type HistoryEntry,
  lanesText,
  problemOf,
  risingText,
  type Session,
  stepsName,
  type TrainEvent,
  type TrainResult,
  type TrainState,
  train,
  trainOptionsOf,
} from 'poolgrad/browser';
import { type Column, trainedColumns, valuesOf } from './columns.js';

/** What is known before the first step. */
export interface Begun {
  readonly kind: 'begun';
  readonly metric: string;
  /** What the steps are of that are counted: pool-steps. */
  readonly steps: string;
  readonly sets: number;
  readonly iterations: number;
  /** What an iteration runs over: `4 windows of 28800 minutes`. */
  readonly lanes: string;
  readonly columns: readonly Column[];
  readonly constraints: readonly string[];
  readonly device: Device;
  /** Iterations that a run which goes on has behind it. */
  readonly history: readonly HistoryEntry[];
}

/** What it runs on. */
export interface Device {
  readonly name: string;
  /** Why it was taken, and what it is; a sentence. */
  readonly why: string;
  /** What sets are compared on, in float64, where it has none itself. */
  readonly judge: string | null;
  readonly precision: string;
  readonly threads: number;
}

/** The best set so far, in values of the columns that train. */
export interface BestNow {
  readonly set: number;
  readonly iteration: number;
  readonly validation: number;
  readonly values: Float64Array;
}

/** The values of all sets in some of the iterations: [iterations][columns][sets]. */
export interface Course {
  readonly iterations: Int32Array;
  readonly values: Float64Array;
}

/** What has happened since the message before. */
export interface News {
  readonly kind: 'news';
  readonly state: 'running' | 'paused';
  readonly entries: readonly HistoryEntry[];
  readonly course: Course | null;
  readonly best: BestNow | null;
  readonly stepsPerSecond: number | null;
  readonly etaSeconds: number | null;
  /** Within an iteration that takes long: what is computed, and how much of it is done. */
  readonly doing: { readonly what: string; readonly iteration: number; readonly share: number } | null;
  readonly warnings: readonly string[];
}

/** How it ended. */
export interface Outcome {
  readonly stopped: TrainResult['stopped'];
  readonly selectedOn: TrainResult['selectedOn'];
  /** Of the config's own start values; null where not finite. */
  readonly before: number | null;
  readonly seconds: number;
  readonly stepsPerSecond: number;
  readonly best: BestNow;
  /** All parameters by name, of the start and of the best set. */
  readonly start: Readonly<Record<string, readonly number[]>>;
  readonly tuned: Readonly<Record<string, readonly number[]>>;
  readonly constraints: readonly { readonly training: Held; readonly validation: Held }[];
  readonly guards: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
  /** All that it takes to go on. */
  readonly state: TrainState;
}

/** Milliseconds between two messages at least. */
const EVERY = 100;
/** Numbers of a message's course at most: 64 kB. */
const MOST_NUMBERS = 8192;

export class Training {
  private readonly columns: readonly Column[];
  private readonly abort = new AbortController();
  /** While it is paused. */
  private gate: { readonly open: Promise<void>; readonly let: () => void } | null = null;
  private pending = nothing();
  private raws: { readonly iteration: number; readonly raw: Float64Array }[] = [];
  private best: Best | null = null;
  private lastTold = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly session: Session,
    private readonly tell: (told: Begun | News) => void,
    /** What it goes on with. */
    private readonly earlier?: Earlier,
  ) {
    const { rollout, trainable } = session;
    this.columns = trainedColumns(rollout.layout, trainable);
  }

  /** Until it ends or is stopped. Throws a UserError where it cannot train, and where it is stopped before it has begun. */
  async run(): Promise<Outcome> {
    const { session, earlier } = this;
    checkTraining(session);
    this.tell(this.begun());
    this.warn([...(earlier === undefined ? [] : courseNotes(session, earlier)), ...doubtsOf(session)]);
    try {
      const result = await train(problemOf(session), trainOptionsOf(session.config), {
        signal: this.abort.signal,
        resume: earlier?.state,
        onEvent: (event) => this.onEvent(event),
        onMeasured: (entry, raw, best) => this.onMeasured(entry, raw, best),
        hold: () => this.hold(),
      });
      return this.outcome(result);
    } finally {
      this.flush('running');
    }
  }

  /** From the next part of the work on it stands still. */
  pause(): void {
    if (this.gate !== null) return;
    let open = () => {};
    const promise = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.gate = { open: promise, let: open };
  }

  /** Goes on exactly where it stands. */
  goOn(): void {
    this.gate?.let();
    this.gate = null;
  }

  /** Ends it with what it has reached. */
  stop(): void {
    this.abort.abort();
    this.goOn();
  }

  private begun(): Begun {
    const { config, spec, target, why, precision, threads, judge } = this.session;
    return {
      kind: 'begun',
      metric: spec.objective.name,
      steps: stepsName(this.session),
      sets: config.train.sets,
      iterations: config.train.iterations,
      lanes: lanesText(config),
      columns: this.columns,
      constraints: config.constraints.map((c) => c.name),
      device: { name: target.name, why, judge: judge?.target.name ?? null, precision, threads },
      history: this.earlier?.state.history ?? [],
    };
  }

  private hold(): Promise<void> | undefined {
    if (this.gate === null) return undefined;
    this.flush('paused');
    return this.gate.open;
  }

  private onEvent(event: TrainEvent): void {
    if (event.kind === 'progress') {
      const { stepsPerSecond, etaSeconds } = event;
      Object.assign(this.pending, { stepsPerSecond, etaSeconds, doing: null });
    } else if (event.kind === 'share') {
      this.pending.doing = { what: event.doing, iteration: event.iteration, share: event.share };
    } else if (event.kind !== 'validation') {
      const { spec, config } = this.session;
      const told = { metric: spec.objective.name, steps: '', constraints: config.constraints.map((c) => c.name) };
      this.warn([describeEvent(event, told).replace(/^warning: /, '')]);
    }
    if (performance.now() - this.lastTold >= EVERY) this.flush('running');
  }

  private onMeasured(entry: HistoryEntry, raw: Float64Array, best: Best): void {
    this.pending.entries.push(entry);
    this.raws.push({ iteration: entry.iteration, raw });
    this.best = best;
  }

  private warn(texts: readonly string[]): void {
    this.pending.warnings.push(...texts);
  }

  private flush(state: News['state']): void {
    this.lastTold = performance.now();
    const { best } = this;
    this.tell({
      kind: 'news',
      ...this.pending,
      state,
      course: this.course(),
      best: best && this.bestNow(best),
    });
    this.pending = nothing();
  }

  /** What `raws` have gathered, thinned out evenly where it is much; the last is always there. */
  private course(): Course | null {
    const { columns, raws } = this;
    const { sets } = this.session.config.train;
    this.raws = [];
    if (raws.length === 0) return null;
    const every = Math.ceil(raws.length / Math.max(1, Math.floor(MOST_NUMBERS / (columns.length * sets))));
    const kept = raws.filter((_, i) => (raws.length - 1 - i) % every === 0);
    const size = columns.length * sets;
    const course = {
      iterations: Int32Array.from(kept, ({ iteration }) => iteration),
      values: new Float64Array(kept.length * size),
    };
    kept.forEach(({ raw }, k) => {
      for (let s = 0; s < sets; s++) {
        const values = valuesOf(this.session.rollout.layout, columns, columnOf(raw, sets, s));
        values.forEach((value, c) => {
          course.values[k * size + c * sets + s] = value;
        });
      }
    });
    return course;
  }

  private bestNow({ set, iteration, validation, raw }: Best): BestNow {
    const { columns, session } = this;
    return { set, iteration, validation, values: valuesOf(session.rollout.layout, columns, raw) };
  }

  private outcome(result: TrainResult): Outcome {
    const { session } = this;
    const { layout } = session.rollout;
    const { state, stopped, selectedOn, before, seconds, stepsPerSecond, constraints, guards } = result;
    const { unmoved, ofSet, withoutGradient } = findingsOf(session, result);
    return {
      stopped,
      selectedOn,
      before,
      seconds,
      stepsPerSecond,
      best: this.bestNow(state.best),
      start: layout.values(session.initial),
      tuned: layout.values(state.best.raw),
      constraints,
      guards,
      warnings: [...unmoved, ...ofSet, ...withoutGradient],
      notes: result.stillRising === null ? [] : [risingText(result.stillRising)],
      state,
    };
  }
}

/** What is gathered for the next message. */
type Pending = { -readonly [K in 'stepsPerSecond' | 'etaSeconds' | 'doing']: News[K] } & {
  readonly entries: HistoryEntry[];
  readonly warnings: string[];
};

const nothing = (): Pending => ({ entries: [], warnings: [], stepsPerSecond: null, etaSeconds: null, doing: null });
