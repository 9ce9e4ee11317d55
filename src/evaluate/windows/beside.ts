/**
 * Floor 5. A tuned system beside what its kind is compared with, on the same windows and draws: by the objective, the penalties,
 * what is constrained, and what the system itself names.
 */
import { createRollout } from '../../rollout/compiled.js';
import type { Comparator, ObjectiveModel } from '../../rollout/model.js';
import type { Prices } from '../../rollout/recorded.js';
import type { Figures, Rollout, RolloutOptions } from '../../rollout/rollout.js';
import { completeSettings, type RolloutSpec, scoredBy } from '../../rollout/spec.js';
import type { Resumable } from '../../targets/resumable.js';
import type { Target } from '../../targets/target.js';
import type { FixedWindows } from '../../train/windows.js';
import { type Summary, summary } from './figures.js';

export interface Compared {
  readonly name: string;
  readonly doc: string;
  /** By the comparison's figures, in their order; null where this one does not show it. */
  readonly figures: readonly ({
    readonly own: Summary;
    /** The tuned one's less this one's, window by window. */
    readonly behind: Summary;
  } | null)[];
}

export interface Comparison {
  readonly figures: readonly { readonly name: string; readonly doc: string }[];
  /** The tuned one first, then the start. */
  readonly rows: readonly Compared[];
}

export interface Asked {
  /** Complete: with all settings. */
  readonly spec: RolloutSpec;
  readonly data: Prices | null;
  readonly target: Target;
  readonly options: RolloutOptions;
  /** Of the system itself, and its sets: [columns] each. */
  readonly rollout: Rollout;
  readonly raw: Float64Array;
  readonly initial: Float64Array;
  readonly windows: FixedWindows;
}

/** By a figure's name, its values by window. */
type Values = ReadonlyMap<string, Float64Array>;

/** Null where the system names nothing to compare with. */
export function* besideOf(asked: Asked): Resumable<{ readonly found: Comparison | null }> {
  const { spec, rollout, raw, initial } = asked;
  const { comparison } = spec.system;
  if (comparison === undefined) return { found: null };
  const by = [...comparison.by];
  const scored = [...new Map(scoredBy(spec).map((m) => [m.name, m])).values()].filter((m) => !by.includes(m.name));
  const figures = [
    ...scored.map(({ name, doc }) => ({ name, doc })),
    ...by.map((name) => ({ name, doc: spec.system.observes[name] })),
  ];
  const comparators = comparison.of(spec.settings, spec.assets.length);
  const own = (set: Float64Array) => valuesOf(rollout, set, asked.windows, scored, by);
  const tuned = yield* own(raw);
  const measured: [Pick<Comparator, 'name' | 'doc'>, Values][] = [
    [{ name: 'tuned', doc: 'as trained' }, tuned],
    [{ name: 'before training', doc: 'the start values of the config' }, yield* own(initial)],
  ];
  for (const comparator of comparators) measured.push([comparator, yield* valuesOfComparator(asked, comparator, by)]);
  return {
    found: {
      figures,
      rows: measured.map(([{ name, doc }, values]) => ({
        name,
        doc,
        figures: figures.map((figure) => {
          const [mine, theirs] = [tuned.get(figure.name), values.get(figure.name)];
          if (mine === undefined || theirs === undefined) return null;
          return { own: summary(theirs), behind: summary(mine.map((x, w) => x - theirs[w])) };
        }),
      })),
    },
  };
}

function* valuesOf(
  rollout: Rollout,
  raw: Float64Array,
  { windows, windowRows }: FixedWindows,
  scored: readonly ObjectiveModel[],
  by: readonly string[],
): Resumable<Values> {
  const { scores, last }: Figures = yield* rollout.resumable.figures(raw, windows, windowRows);
  return new Map([
    ...scored.filter(({ name }) => scores[name] !== undefined).map(({ name }) => [name, scores[name]] as const),
    ...by.filter((name) => last[name] !== undefined).map((name) => [name, last[name]] as const),
  ]);
}

/** Another system of the same source, or the same with other numbers. */
function* valuesOfComparator(asked: Asked, comparator: Comparator, by: readonly string[]): Resumable<Values> {
  const { spec, data, target, options } = asked;
  const { system = spec.system, settings = {} } = comparator;
  const shows = { ...system.observes, ...system.outcome };
  const seen = (m: ObjectiveModel) => m.reads.every((name) => Object.hasOwn(shows, name));
  const scored = scoredBy(spec).filter((m) => seen(m) && !by.includes(m.name));
  const [objective = nothing, ...measured] = scored;
  const shared = Object.fromEntries(
    Object.entries(spec.settings).filter(([name]) => system.settings[name] !== undefined),
  );
  const rollout = createRollout(
    {
      ...spec,
      system,
      objective,
      penalties: [],
      measured,
      settings: completeSettings({ ...shared, ...settings }, system.settings, spec.clock),
    },
    data,
    target,
    options,
  );
  try {
    return yield* valuesOf(rollout, rawOf(rollout, asked, comparator), asked.windows, scored, by);
  } finally {
    rollout.dispose();
  }
}

const nothing: ObjectiveModel = {
  name: 'nothing',
  doc: '',
  reads: [],
  every: 0,
  score: ({ rows }) => rows.float().mul(0),
};

/** The start's raw numbers by name, with the comparator's values in their place. */
function rawOf(
  rollout: Rollout,
  { rollout: own, initial, spec }: Asked,
  { system, values = {} }: Comparator,
): Float64Array {
  const raw = new Float64Array(rollout.layout.columns);
  const name = (system ?? spec.system).name;
  for (const { name: full, column, size, parameter } of rollout.layout.entries) {
    const isOwn = full.startsWith(`${name}.`);
    const key = isOwn ? full.slice(name.length + 1) : full;
    const given = isOwn ? values[key] : undefined;
    const there = own.layout.entries.find((e) => e.name === (isOwn ? `${spec.system.name}.${key}` : full));
    if (given !== undefined) raw.set(parameter.transform.inverse([...given]), column);
    else if (there !== undefined) raw.set(initial.subarray(there.column, there.column + size), column);
    else raw.set(parameter.transform.inverse(new Array(size).fill(parameter.default)), column);
  }
  return raw;
}
