/**
 * Floor 2. The contract of a roll-out: a source of rows, a system that is stepped over them, objectives that score it.
 *
 *   source      what happens outside, whatever the system does: rows of a dataset, or a process drawn step by step
 *   system      the one thing that is simulated: a pool, a maker who quotes, a market of compute, or nothing but prices
 *   objective   a score of what the system lets be observed
 *
 * A parameter is declared once, with transform, range, unit, default and sentence: the config schema, the docs, the
 * exporters, the bounds and the table that `train` prints all come from that declaration.
 */
import type { Expr, Operand, Tree } from '../graph/index.js';
import type { Clock, TimeUnit } from './clock.js';
import type { Transform } from './transforms.js';

export type { Clock } from './clock.js';

export interface Parameter {
  /**
   * One number for the model, one for each asset, one for each pair of assets — (1,0), (2,0), (2,1) … — or one for each of
   * these labels, which are no words of a config (value, raw, train, bounds).
   */
  readonly shape: 'scalar' | 'asset' | 'pair' | readonly string[];
  /** From the raw, unbounded number that is trained to the value that the model uses. */
  readonly transform: Transform;
  /** Values that make sense; the config is checked against it. */
  readonly range: readonly [number, number];
  readonly unit: string;
  readonly default: number;
  /** Whether `train` moves it unless the config says otherwise. */
  readonly trainable: boolean;
  /**
   * What a parameter is for those who look at it by kind: a fee, as a fraction of what is traded; an amount of numéraire, of
   * which a share of a pool bears less the more shares there are; the memory of an estimator, in days.
   */
  readonly role?: 'fee' | 'amount' | 'memory';
  /** Set for fees and depth: on prices alone their optimum lies at a bound, so training them needs elastic flow. */
  readonly needsFlow?: true;
  readonly doc: string;
}

export type Parameters = Readonly<Record<string, Parameter>>;

/** A fixed number of the config; `choices` gives names to some. */
export interface Setting {
  readonly default: number;
  readonly doc: string;
  readonly range: readonly [number, number];
  /** Set where only whole numbers make sense; of a time: whole numbers of steps. */
  readonly whole?: true;
  /** Set for a time, and the unit of its numbers: a config may also say `12s`, `5m` or `1d`. See clock.ts for its default. */
  readonly time?: TimeUnit;
  /** Set for a time whose default is a step, whatever that is; `default` says it for steps of a minute. */
  readonly stepByDefault?: true;
  /** Set for what smooths scores for their gradients: a recorded path has the default instead. */
  readonly training?: true;
  readonly choices?: Readonly<Record<string, number>>;
}

export type Settings = Readonly<Record<string, Setting>>;

/** What has parameters and settings of its own. */
export interface Model {
  readonly name: string;
  readonly doc: string;
  readonly settings: Settings;
  readonly parameters: (settings: Readonly<Record<string, number>>) => Parameters;
}

/** The parameters of a lane inside a program. Scalars are arrays of length 1. */
export interface ModelContext {
  /** Assets. */
  readonly n: number;
  /** Values, after the transforms. */
  readonly value: Readonly<Record<string, readonly Expr[]>>;
  /** Raw numbers, for models that build several things from one. */
  readonly raw: Readonly<Record<string, readonly Expr[]>>;
  /** Fixed numbers of the config: chunk period, guard rails … Times are in minutes (or days), whatever a step is. */
  readonly settings: Readonly<Record<string, number>>;
  /** How long a step is. */
  readonly clock: Clock;
}

/** Numbers by name: one an asset, or one. */
export type Row = Readonly<Record<string, readonly Expr[]>>;

/** Names of numbers, each with what it is. */
export type Names = Readonly<Record<string, string>>;

/** What a model may draw at random. */
export interface Draws {
  /**
   * The k-th uniform number of step t, in (0, 1): the same for every parameter set of a scenario (common random numbers),
   * and the same bits on every target. No gradient.
   */
  readonly uniform: (t: Operand, k: number) => Expr;
}

/** What a drawn source sees. */
export interface SourceContext extends ModelContext, Draws {}

// What sees a state is declared as a method: TypeScript then takes a model of a certain state for a model of any, which is
// right, since the roll-out hands back to a model only what that model gave.

/** A source that draws its rows step by step: a lane is then one parameter set in one scenario. */
export interface Source<S extends Tree = Tree> extends Model {
  /** The names in its rows. */
  readonly rows: Names;
  /**
   * Notes on parameter values (by name, without the source's) for a clock; none where all is well.
   * Throws UserError where no such step can be taken.
   */
  check?(
    values: Readonly<Record<string, readonly number[]>>,
    clock: Clock,
    settings: Readonly<Record<string, number>>,
  ): readonly string[];
  run(c: SourceContext): SourceRun<S>;
}

/** A source inside a program. */
export interface SourceRun<S extends Tree = Tree> {
  init(): { readonly state: S; readonly row: Row };
  /** Step t = 1, 2 … */
  step(state: S, t: Expr): { readonly state: S; readonly row: Row };
  /** As of a system. */
  likelihood?(state: S): Expr;
}

/** What a system sees. */
export interface SystemContext extends ModelContext, Draws {
  /** The parameters of one of its parts. */
  readonly of: (part: { readonly name: string }) => ModelContext;
  /** Steps after the first; an integer. */
  readonly steps: Expr;
  /** The row of any step, where the source is a recorded one. Throws a TypeError where it is drawn. */
  readonly at: (t: Operand) => Row;
  /** Whether a path is recorded, which no epoch may leap over. */
  readonly recording: boolean;
}

/** Where in an epoch a step is. */
export interface Within<P> {
  /** What the epoch opened with; null in a system without epochs. */
  readonly plan: P;
  /** The step within the epoch, from 0; an integer. */
  readonly j: Expr;
}

/** One step: what is given when the system takes it. */
export interface Tick<P = unknown> extends Within<P> {
  /** The source's row of this step, and that of the step before. */
  readonly now: Row;
  readonly before: Row;
  /** 1, 2 …, counted from the window's first row; an integer. */
  readonly t: Expr;
}

/** What an evaluation shows a system beside, on the same draws. */
export interface Comparator {
  readonly name: string;
  readonly doc: string;
  /** In the system's place; what it shares with that by name, parameters and settings, it takes from there. */
  readonly system?: System;
  readonly settings?: Readonly<Record<string, number>>;
  /** Values of parameters in place of those of the start, by name. */
  readonly values?: Readonly<Record<string, readonly number[]>>;
}

export interface System<S extends Tree = Tree, E extends Tree = Tree, P = unknown> extends Model {
  /** Models that it is made of beside itself, each with parameters of its own. */
  readonly parts?: readonly { readonly name: string; readonly parameters: Parameters }[];
  /** Rows of the source that it needs. */
  readonly reads: readonly string[];
  /** What it lets be observed: at every step, or (`outcome`) once at the end. */
  readonly observes: Names;
  readonly outcome?: Names;
  /**
   * Run integers of the programs that record: what would else be numbers in them, so that systems that differ in these alone
   * have the same programs (see Common).
   */
  readonly recordedWith?: Readonly<Record<string, number>>;
  /**
   * What the numbers of such a name are called where they are not one for each asset: `numbers` labels. Left out, or null: the
   * assets where there is a number for each, else places from 1.
   */
  readonly labels?: (
    name: string,
    settings: Readonly<Record<string, number>>,
    assets: readonly string[],
  ) => readonly string[] | null;
  /** Steps of an epoch; left out: it has no epochs. */
  readonly epoch?: (settings: Readonly<Record<string, number>>, clock: Clock) => number;
  /**
   * Start values of parameters, by name, from the values of all: a config takes them for what it leaves out. Left out: the
   * defaults.
   */
  readonly start?: (
    settings: Readonly<Record<string, number>>,
    values: Readonly<Record<string, readonly number[]>>,
  ) => Readonly<Record<string, readonly number[]>>;
  /** What it is shown beside in an evaluation, and by which of the names that it lets be observed, single numbers each. */
  readonly comparison?: {
    readonly by: readonly string[];
    of(settings: Readonly<Record<string, number>>, resources: number): readonly Comparator[];
  };
  /** Refuses, by a UserError, settings that do not go together, and objectives that do not go with them. */
  readonly check?: (settings: Readonly<Record<string, number>>, scored: readonly ObjectiveModel[]) => void;
  run(c: SystemContext): SystemRun<S, E, P>;
}

/** What is observed by way of something else: that is stored, and this is made of it when somebody looks. */
export interface Derived {
  /** Names of what it is made of, among what `observe` gives. */
  readonly from: readonly string[];
  readonly of: (stored: Row) => readonly Expr[];
}

/** What a step keeps: `difference` is 0 but for rounding, `scale` the largest of what it is made of. */
export interface Identity {
  readonly difference: Expr;
  readonly scale: Expr;
}

/** A system inside a program. */
export interface SystemRun<S extends Tree = Tree, E extends Tree = Tree, P = unknown> {
  /** The state at the window's first row. */
  init(first: Row): S;
  step(state: S, tick: Tick<P>): S;
  /** What can be seen of the state at the row of step t, `within` an epoch where it has one and neither starts nor ends. */
  observe(state: S, now: Row, t: Operand, within?: Within<P>): Row;
  /**
   * Further observations by name. A value that is the exponential of the state, for example: as the state itself is stored,
   * a gradient need not know it at every step.
   */
  readonly derived?: Readonly<Record<string, Derived>>;
  /** What is told once, of the states at the first and at the last row. */
  outcome?(start: S, last: S, now: Row): Row;
  /**
   * ln P of the discrete outcomes that were drawn up to the last state — a fill, an arrival, a move to another regime — as
   * far as parameters decide it. A derivative along the path holds these outcomes fixed; the gradient of the mean needs
   * the score term beside it, which a roll-out then adds: see `advantages`.
   */
  likelihood?(last: S): Expr;
  /**
   * What a step keeps: differences that are 0 to rounding, each beside the largest of its terms. Nobody asks in a training;
   * tests do, at each step of what they draw (`watchingIdentities`).
   */
  identities?(before: S, after: S, tick: Tick<P>): Readonly<Record<string, Identity>>;
  readonly epoch?: EpochRun<S, E, P>;
}

/** A slower clock beside that of the steps: rule steps, settlement, requoting. */
export interface EpochRun<S extends Tree, E extends Tree, P> {
  /** What is kept from epoch to epoch, at the window's first row. */
  readonly init: E;
  /** Epoch k opens: what is kept of it, the state that its first step starts from, and what its steps are told. */
  open(kept: E, state: S, k: Expr): { readonly kept: E; readonly state: S; readonly plan: P };
  /** The epoch closes after `length` steps: the state that they left, as it is outside of epochs; left out: as they left it. */
  close?(state: S, plan: P, length: Expr): S;
  /** All steps of an epoch at once, where a closed form holds: `length` steps after step `before`. */
  leap?(state: S, plan: P, before: Expr, length: Expr): S;
  /** Shares of `count` epochs in which something happened, by name, and other numbers of the last epoch. */
  tally?(kept: E, count: Expr): { readonly [name: string]: Expr };
  /** Numbers of the outcome that epochs tell. */
  outcome?(kept: E, count: Expr): Row;
}

/** An objective, or a penalty to be added to one with a weight; higher is better. */
export interface ObjectiveModel {
  readonly name: string;
  readonly doc: string;
  /** What it reads of what a system lets be observed. */
  readonly reads: readonly string[];
  /** Minutes between the samples that `fold` sees, at least a step (see EACH_STEP); 0 where it is not called. */
  readonly every: number;
  /** Fewest minutes of a window; left out: those of two samples after the first row. */
  readonly rows?: number;
  /** The score of one lane. */
  readonly score: (c: ObjectiveContext) => Expr;
}

export interface ObjectiveContext {
  /** What was observed at the first row. */
  readonly first: Row;
  /** What was observed at the last row, and the outcome. */
  readonly last: Row;
  /** Rows of the window, the first and the last among them; an integer. */
  readonly rows: Expr;
  /** Number of samples after the first row; an integer. */
  readonly samples: Expr;
  /** Rows of a time in minutes, at least 1. */
  readonly rowsOf: (minutes: number) => number;
  /** How long a step is. */
  readonly clock: Clock;
  /** Folds a carry over the samples after the first row, in order, `t` from 0; may be called once. */
  readonly fold: <T extends Tree>(init: T, step: (carry: T, sample: Row, t: Expr) => T) => T;
}
