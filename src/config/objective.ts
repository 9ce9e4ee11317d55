/** Floor 4. The section objective: what is maximised, what is charged for, how windows become one score. */
import type { z } from 'zod';
import { nearestName } from '../data/names.js';
import { UserError } from '../errors.js';
import type { Aggregate } from '../rollout/aggregate.js';
import type { ObjectiveModel } from '../rollout/model.js';
import { ConfigError, oneOf, type Path, show } from './explain.js';
import { own, type Registry } from './registry.js';
import type { objectiveSection } from './sections.js';

export type ObjectiveSection = z.output<ReturnType<typeof objectiveSection>>;

export interface ResolvedObjective {
  readonly objective: ObjectiveModel;
  /** The training score is objective + weight·penalty.score, for penalties are negated: higher is better. */
  readonly penalty: { readonly model: ObjectiveModel; readonly weight: number } | null;
  /** What is to hold besides; what each is of, in the same order. */
  readonly constraints: readonly Constraint[];
  readonly measured: readonly ObjectiveModel[];
  /** How the scores of a set's windows become one. */
  readonly over: Aggregate;
}

/** A bound on the mean of a measure over windows. */
export interface Constraint {
  /** An objective, or what a system lets be observed. */
  readonly name: string;
  readonly kind: 'atMost' | 'atLeast';
  /** A number, or `start`: the measure of the config's own start values on the same windows. */
  readonly bound: number | 'start';
  /** What a bound may be missed by and still hold; left out: a thousandth of the bound. */
  readonly within?: number;
}

/**
 * @param shown names that are observed, with what they are
 * @param blind why a system cannot be scored by a model that reads what it does not show, and the remedy; null where it can
 */
export function resolveObjective(
  given: ObjectiveSection,
  registry: Registry,
  shown: Readonly<Record<string, string>>,
  blind: (model: ObjectiveModel) => string | null,
): ResolvedObjective {
  const model = own(registry.objectives, given.kind) as ObjectiveModel;
  checkSeen(['objective', 'kind'], model, blind);
  const over = resolveOver(given);
  const held = resolveConstraints(given, registry, shown, blind);
  if (given.penalty === undefined) return { objective: model, penalty: null, ...held, over };
  const charged = own(registry.objectives, given.penalty.kind) as ObjectiveModel;
  checkSeen(['objective', 'penalty', 'kind'], charged, blind);
  return { objective: model, penalty: { model: charged, weight: given.penalty.weight }, ...held, over };
}

function resolveConstraints(
  { constraints = [] }: ObjectiveSection,
  registry: Registry,
  shown: Readonly<Record<string, string>>,
  blind: (model: ObjectiveModel) => string | null,
): Pick<ResolvedObjective, 'constraints' | 'measured'> {
  const models = new Map<string, ObjectiveModel>();
  const of = (metric: string, path: Path): ObjectiveModel => {
    const known = models.get(metric) ?? measureOf(metric, path, registry, shown);
    models.set(metric, known);
    checkSeen(path, known, blind);
    return known;
  };
  return {
    measured: constraints.map(({ metric }, k) => of(metric, ['objective', 'constraints', k, 'metric'])),
    constraints: constraints.map(({ metric: name, atMost, atLeast, within }, k) => {
      if ((atMost === undefined) === (atLeast === undefined)) {
        throw new ConfigError(
          ['objective', 'constraints', k],
          `expected either atMost or atLeast, got ${atMost === undefined ? 'neither' : 'both'}; give one, and the other in a constraint of its own`,
        );
      }
      const bound =
        atMost === undefined
          ? { kind: 'atLeast' as const, bound: atLeast }
          : { kind: 'atMost' as const, bound: atMost };
      return {
        name,
        kind: bound.kind,
        bound: bound.bound as number | 'start',
        ...(within === undefined ? {} : { within }),
      };
    }),
  };
}

/** An objective of the registry, or one number that is shown, at the last row. */
function measureOf(
  metric: string,
  path: Path,
  { objectives }: Registry,
  shown: Readonly<Record<string, string>>,
): ObjectiveModel {
  const model = own(objectives, metric);
  if (model !== undefined) return model as ObjectiveModel;
  if (!Object.hasOwn(shown, metric)) {
    const near = nearestName(metric, [...Object.keys(objectives), ...Object.keys(shown)]);
    throw new ConfigError(
      path,
      `expected an objective, or one of what is shown (${Object.keys(shown).join(', ')}), got ${show(metric)}; did you mean '${near}'?`,
    );
  }
  return {
    name: metric,
    doc: shown[metric],
    reads: [metric],
    every: 0,
    score: ({ last }) => {
      if (last[metric].length === 1) return last[metric][0];
      throw new UserError(
        `${path.join('.')}: expected something that is one number, got ${metric}, which is ${last[metric].length}; take a sum of it, or write an objective (docs/add-an-objective.md)`,
      );
    },
  };
}

function checkSeen(path: Path, model: ObjectiveModel, blind: (model: ObjectiveModel) => string | null) {
  const why = blind(model);
  if (why !== null) throw new ConfigError(path, why);
}

/** That a model reads what is not shown, and those of the registry that do not; null where all is shown. */
export function unseen(
  model: ObjectiveModel,
  shown: Readonly<Record<string, string>>,
  name: string,
  { objectives }: Registry,
): string | null {
  const sees = ({ reads }: ObjectiveModel) => reads.every((read) => Object.hasOwn(shown, read));
  if (sees(model)) return null;
  const missing = model.reads.filter((read) => !Object.hasOwn(shown, read));
  const others = Object.keys(objectives).filter((key) => sees(objectives[key]));
  const way = others.length === 0 ? 'write one of your own: docs/add-an-objective.md' : `take ${oneOf(others)}`;
  return `expected one that reads what ${name} shows (${Object.keys(shown).join(', ')}), got ${show(model.name)}, which reads ${missing.join(', ')}; ${way}`;
}

/** The numbers that a way over windows needs, and no others. */
function resolveOver({ over, temperature, worst }: ObjectiveSection): Aggregate {
  for (const [key, value, owner] of [
    ['temperature', temperature, 'softmin'],
    ['worst', worst, 'cvar'],
  ] as const) {
    if (value !== undefined && over !== owner) {
      throw new ConfigError(
        ['objective', key],
        `expected over: ${owner} with it, got over: ${over}; add over: ${owner}, or take ${key} out`,
      );
    }
  }
  if (over === 'softmin') {
    if (temperature !== undefined) return { kind: over, temperature };
    throw new ConfigError(
      ['objective', 'temperature'],
      'expected a number above 0 with over: softmin, got nothing; take a fraction of what scores of windows differ by, such as 0.1',
    );
  }
  if (over === 'cvar') {
    if (worst !== undefined) return { kind: over, worst };
    throw new ConfigError(
      ['objective', 'worst'],
      'expected a share of the windows with over: cvar, got nothing; for example worst: 0.25',
    );
  }
  return { kind: over };
}
