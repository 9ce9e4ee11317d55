/**
 * Floor 2. A system over one window: lane = window·S + set. A scan over its steps, or over epochs and the steps of each,
 * then the score.
 *
 *   steps t = 1 … T−1 of the window; of a recorded source the row of step t is first + t
 *   epoch k   steps k·m + 1 … (k+1)·m, at once where the system can leap; the last may be shorter
 */
import {
  buffer,
  draw,
  type Expr,
  emit,
  input,
  integer,
  type Operand,
  type Program,
  scan,
  type Tree,
  trace,
} from '../graph/index.js';
import type { ParameterLayout } from './layout.js';
import type { EpochRun, Row, SystemContext, SystemRun, Tick } from './model.js';
import {
  EPOCHS,
  FIRST_INPUT,
  LIKELIHOOD,
  SCENARIO_INPUT,
  SEED_INPUT,
  STEPS,
  STEPS_INPUT,
  type Variant,
} from './names.js';
import { RecordedRows } from './recorded.js';
import { Recorder } from './recorder.js';
import { contexts, type RolloutSpec, unsmoothed } from './spec.js';

/** A system's draws have numbers from here on, so that a source and a system that draw do not draw the same. */
const SYSTEM_DRAWS = 1 << 16;

/** The source of a lane: its row at the first step, and those after it. */
interface Feed {
  readonly init: { readonly state: Tree; readonly row: Row };
  readonly next: (state: Tree, t: Expr) => { readonly state: Tree; readonly row: Row };
  readonly at: (t: Operand) => Row;
  readonly likelihood?: (last: Tree) => Expr;
}

type Of = ReturnType<typeof contexts>;

const uniform = (from: number) => (t: Operand, k: number) =>
  draw(input(SEED_INPUT), input(SCENARIO_INPUT, 'window'), typeof t === 'number' ? integer(t) : t, from + k);

function feedOf({ source, assets }: RolloutSpec, of: Of): Feed {
  if (source.kind === 'recorded') {
    const rows = new RecordedRows(assets.length, input(FIRST_INPUT, 'window'), source.series);
    const at = (t: Operand) => rows.row(t);
    // the clock says which row it is: nothing is carried
    return { init: { state: [], row: at(0) }, next: (state, t) => ({ state, row: at(t) }), at };
  }
  const { model, settings } = source;
  const run = model.run({ ...of(model, settings), uniform: uniform(0) });
  return {
    init: run.init(),
    next: run.step,
    likelihood: run.likelihood,
    at: () => {
      throw new TypeError(
        `rollout: ${model.name} draws its rows one after the other: none can be read before its time`,
      );
    },
  };
}

/** What is carried from step to step: `row` is that of the last step, for those that look back. */
type Lane = { readonly state: Tree; readonly source: Tree; readonly row: Tree };

/** What all parts of a program share. */
interface Walk {
  readonly run: SystemRun;
  readonly feed: Feed;
  readonly steps: Expr;
  readonly recorded: boolean;
  readonly recorder: Recorder;
}

/** Run integers: `steps`; `every` for a path; `seed` where something draws. */
export function systemProgram(spec: RolloutSpec, layout: ParameterLayout, variant: Variant): Program {
  return trace(spec.system.name, () => {
    const { system, clock } = spec;
    const of = contexts(spec.assets.length, layout, clock);
    const settings = variant === 'score' ? spec.settings : unsmoothed(spec.settings, system.settings);
    const feed = feedOf(spec, of);
    const steps = input(STEPS_INPUT);
    const context: SystemContext = {
      ...of(system, settings),
      steps,
      of: (part) => of(part, settings),
      at: feed.at,
      recording: variant === 'record' || variant === 'figures',
      uniform: uniform(SYSTEM_DRAWS),
    };
    const run = system.run(context);
    const recorder = new Recorder(spec, variant, steps, run.derived ?? {});
    const walk: Walk = { run, feed, steps, recorded: spec.source.kind === 'recorded', recorder };
    const first = feed.init.row;
    const start = run.init(first);
    const opening = run.observe(start, first, 0);
    recorder.first(opening);
    const init: Lane = { state: start, source: feed.init.state, row: walk.recorded ? [] : first };
    const { lane, told } =
      run.epoch === undefined
        ? { lane: overSteps(walk, init), told: {} }
        : overEpochs(walk, run.epoch, system.epoch?.(settings, clock) ?? 1, init);
    if (variant !== 'score' && variant !== 'figures') return;
    const now = walk.recorded ? feed.at(steps) : (lane.row as Row);
    const last = { ...run.observe(lane.state, now, steps), ...run.outcome?.(start, lane.state, now), ...told };
    recorder.score(opening, last);
    if (variant === 'score') emitLikelihood(feed.likelihood?.(lane.source), run.likelihood?.(lane.state));
  });
}

/** Outcomes of a source and of a system are independent, given the parameters and what came before. */
function emitLikelihood(source: Expr | undefined, system: Expr | undefined): void {
  const both = source !== undefined && system !== undefined ? source.add(system) : (source ?? system);
  if (both !== undefined) emit(buffer('output', LIKELIHOOD, 1), 0, both);
}

/** Step t of a lane; the state before it may have been changed by what opened an epoch. */
function stepOf<P>(w: Walk, lane: Lane, t: Expr, plan: P, j: Expr): Lane {
  const { state: source, row: now } = w.feed.next(lane.source, t);
  const before = w.recorded ? w.feed.at(t.sub(1)) : (lane.row as Row);
  const tick: Tick<unknown> = { now, before, t, plan, j };
  const state = w.run.step(lane.state, tick);
  w.recorder.step(t, () => w.run.observe(state, now, t, tick));
  return { state, source, row: w.recorded ? [] : now };
}

const overSteps = (w: Walk, init: Lane): Lane =>
  scan<Lane>({ name: STEPS, length: w.steps, init, body: (lane, j) => stepOf(w, lane, j.add(1), null, j) });

function overEpochs(
  w: Walk,
  epoch: EpochRun<Tree, Tree, unknown>,
  period: number,
  init: Lane,
): { lane: Lane; told: Row } {
  const { leap } = epoch;
  const count = w.steps.add(period - 1).div(period);
  const last = scan<{ readonly kept: Tree; readonly lane: Lane }>({
    name: EPOCHS,
    length: count,
    init: { kept: epoch.init, lane: init },
    body: (carry, k) => {
      const { kept, state, plan } = epoch.open(carry.kept, carry.lane.state, k);
      const before = k.mul(period);
      const length = w.steps.sub(before).minimum(period);
      const opened = { ...carry.lane, state };
      const lane =
        leap === undefined
          ? within(w, epoch, opened, plan, before, length, period)
          : leapOf(w, leap, opened, plan, before, length);
      return { kept, lane };
    },
  });
  w.recorder.tally(epoch.tally?.(last.kept, count) ?? {});
  return { lane: last.lane, told: epoch.outcome?.(last.kept, count) ?? {} };
}

/** An epoch step by step. */
function within(
  w: Walk,
  { close }: EpochRun<Tree, Tree, unknown>,
  init: Lane,
  plan: unknown,
  before: Expr,
  length: Expr,
  period: number,
): Lane {
  const last = scan<Lane>({
    name: STEPS,
    length,
    bound: integer(period),
    init,
    body: (lane, j) => stepOf(w, lane, before.add(j).add(1), plan, j),
  });
  return close === undefined ? last : { ...last, state: close(last.state, plan, length) };
}

/** An epoch at once: what happens within it is not observed. */
function leapOf(
  w: Walk,
  leap: NonNullable<EpochRun<Tree, Tree, unknown>['leap']>,
  lane: Lane,
  plan: unknown,
  before: Expr,
  length: Expr,
): Lane {
  const state = leap(lane.state, plan, before, length);
  const end = before.add(length);
  w.recorder.step(end, () => w.run.observe(state, w.feed.at(end), end));
  return { ...lane, state };
}
