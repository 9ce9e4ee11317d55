/** Floor 2. What a roll-out is made of, and the parameters of its models inside a program. */
import { UserError } from '../errors.js';
import { buffer, type Expr, load } from '../graph/index.js';
import { type Aggregate, checkAggregate, MEAN } from './aggregate.js';
import { type Clock, defaultOf, rowsOf, UNIT_MS, wholeSteps } from './clock.js';
import { ParameterLayout } from './layout.js';
import type { ModelContext, ObjectiveModel, Parameters, Setting, Settings, Source, System } from './model.js';
import { PARAMETERS } from './names.js';

/** Rows of a dataset, and which of its further series a program reads. */
export interface RecordedSource {
  readonly kind: 'recorded';
  readonly series: readonly string[];
}

/** A process that is drawn: a window is a scenario, its number the key of its draws. */
export interface DrawnSource {
  readonly kind: 'drawn';
  readonly model: Source;
  readonly settings: Readonly<Record<string, number>>;
  /** Integer in [0, 2^32). */
  readonly seed: number;
}

export interface RolloutSpec {
  readonly assets: readonly string[];
  readonly clock: Clock;
  readonly source: RecordedSource | DrawnSource;
  readonly system: System;
  readonly objective: ObjectiveModel;
  /** Added to the objective with their weights. */
  readonly penalties: readonly { readonly model: ObjectiveModel; readonly weight: number }[];
  /** What is measured beside the score and is no part of it, such as what is constrained; left out: nothing. */
  readonly measured?: readonly ObjectiveModel[];
  /** How the scores of a set's windows become one; left out: their mean. */
  readonly aggregate?: Aggregate;
  /** Fixed numbers of the system; what is left out takes its default. */
  readonly settings: Readonly<Record<string, number>>;
  /** Seed of what the system itself draws, an integer in [0, 2^32); left out: that of the source, or 0. */
  readonly seed?: number;
}

/**
 * The spec with every setting that its models declare. Throws UserError where models or settings do not go together, and
 * where a setting is unknown or out of its range.
 */
export function completeSpec(spec: RolloutSpec): RolloutSpec {
  checkAggregate(spec.aggregate ?? MEAN);
  const { system, source } = spec;
  const settings = completeSettings(spec.settings, system.settings, spec.clock);
  const complete = {
    ...spec,
    settings,
    source:
      source.kind === 'recorded'
        ? source
        : { ...source, settings: completeSettings(source.settings, source.model.settings, spec.clock) },
  };
  if (source.kind === 'drawn') checkRows(system, source.model);
  for (const model of scoredBy(spec)) checkReads(model, system);
  system.check?.(settings, scoredBy(spec));
  return complete;
}

/** Every declared setting: as given, else its default. */
export function completeSettings(
  given: Readonly<Record<string, number>>,
  declared: Settings,
  clock: Clock,
): Readonly<Record<string, number>> {
  const settings = Object.fromEntries(Object.entries(declared).map(([name, s]) => [name, defaultOf(s, clock)]));
  for (const [name, value] of Object.entries(given)) {
    if (declared[name] === undefined) {
      throw new UserError(`rollout: unknown setting ${name}; expected ${Object.keys(declared).join(', ') || 'none'}`);
    }
    const [low, high] = declared[name].range;
    if (!(value >= low && value <= high)) {
      throw new UserError(`rollout: setting ${name} must be in [${low}, ${high}], got ${value}`);
    }
    checkWhole(name, declared[name], value, clock);
    settings[name] = value;
  }
  return settings;
}

function checkWhole(name: string, { whole, time }: Setting, value: number, clock: Clock): void {
  if (whole !== true) return;
  if (time === undefined) {
    if (Number.isInteger(value)) return;
    throw new UserError(`rollout: setting ${name} must be a whole number, got ${value}; round it`);
  }
  if (wholeSteps(clock, value, time) !== null) return;
  const step = clock.interval / UNIT_MS[time];
  const unit = step === 1 ? time : `steps of ${step} ${time}`;
  throw new UserError(`rollout: setting ${name} must be a whole number of ${unit}, got ${value}; round it`);
}

/** Settings without what only smooths scores: those of a recorded path. */
export const unsmoothed = (settings: Readonly<Record<string, number>>, declared: Settings) => ({
  ...settings,
  ...Object.fromEntries(
    Object.entries(declared)
      .filter(([, setting]) => setting.training === true)
      .map(([key, s]) => [key, s.default]),
  ),
});

function checkRows(system: System, source: Source): void {
  const missing = system.reads.find((name) => !Object.hasOwn(source.rows, name));
  if (missing === undefined) return;
  throw new UserError(
    `rollout: ${system.name} reads ${missing}, but ${source.name} has ${Object.keys(source.rows).join(', ')} only; take another source, or add a recorded series`,
  );
}

function checkReads(model: ObjectiveModel, system: System): void {
  const seen = { ...system.observes, ...system.outcome };
  const missing = model.reads.find((name) => !Object.hasOwn(seen, name));
  if (missing === undefined) return;
  throw new UserError(
    `rollout: the objective ${model.name} reads ${missing}, but ${system.name} shows ${Object.keys(seen).join(', ')} only; take another objective`,
  );
}

/** The models whose scores are added up, then those that are only measured. */
export const scoredBy = ({
  objective,
  penalties,
  measured = [],
}: Pick<RolloutSpec, 'objective' | 'penalties' | 'measured'>): ObjectiveModel[] => [
  objective,
  ...penalties.map((p) => p.model),
  ...measured,
];

/** Rows between the samples of an objective; 0 where it samples none. */
export const sampledEvery = ({ every }: ObjectiveModel, clock: Clock): number =>
  every === 0 ? 0 : rowsOf(clock, every);

/** Fewest rows of a window over which a model is defined. */
export const fewestRows = (model: ObjectiveModel, clock: Clock): number =>
  model.rows === undefined ? Math.max(1, 2 * sampledEvery(model, clock)) + 1 : rowsOf(clock, model.rows);

/** All parameters of a roll-out's models, in order: the system, its parts, the source. */
export function layoutOf({ assets, system, source, settings }: RolloutSpec): ParameterLayout {
  const group = (prefix: string, parameters: Parameters) => ({ prefix, parameters });
  return new ParameterLayout(
    [
      group(system.name, system.parameters(settings)),
      ...(system.parts ?? []).map((part) => group(part.name, part.parameters)),
      ...(source.kind === 'recorded' ? [] : [group(source.model.name, source.model.parameters(source.settings))]),
    ],
    assets,
  );
}

/** Loads the raw parameters and applies their transforms: the context of a model, by its name. */
export function contexts(
  assets: number,
  layout: ParameterLayout,
  clock: Clock,
): (model: { readonly name: string }, settings: Readonly<Record<string, number>>) => ModelContext {
  const source = buffer('set', PARAMETERS, layout.columns, { differentiable: true });
  const raw: Record<string, Record<string, Expr[]>> = {};
  const value: Record<string, Record<string, Expr[]>> = {};
  for (const e of layout.entries) {
    const at = e.name.lastIndexOf('.');
    const [model, key] = [e.name.slice(0, at), e.name.slice(at + 1)];
    const columns = Array.from({ length: e.size }, (_, i) => load(source, e.column + i));
    raw[model] = { ...raw[model], [key]: columns };
    value[model] = { ...value[model], [key]: e.parameter.transform.apply(columns) };
  }
  return ({ name }, settings) => ({ n: assets, raw: raw[name] ?? {}, value: value[name] ?? {}, settings, clock });
}
