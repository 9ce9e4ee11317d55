/** Floor 4. The section objective: what is maximised, what is charged for, how windows become one score. */
import type { z } from 'zod';
import type { Aggregate } from '../rollout/aggregate.js';
import type { ObjectiveModel } from '../rollout/model.js';
import { ConfigError, oneOf, show } from './explain.js';
import { own, type Registry } from './registry.js';
import type { objectiveSection } from './sections.js';

export type ObjectiveSection = z.output<ReturnType<typeof objectiveSection>>;

export interface ResolvedObjective {
  readonly objective: ObjectiveModel;
  /** The training score is objective + weight·penalty.score, for penalties are negated: higher is better. */
  readonly penalty: { readonly model: ObjectiveModel; readonly weight: number } | null;
  /** How the scores of a set's windows become one. */
  readonly over: Aggregate;
}

/**
 * @param blind why a system cannot be scored by a model that reads what it does not show, and the remedy; null where it can
 */
export function resolveObjective(
  given: ObjectiveSection,
  registry: Registry,
  blind: (model: ObjectiveModel) => string | null,
): ResolvedObjective {
  const model = own(registry.objectives, given.kind) as ObjectiveModel;
  checkSeen(['objective', 'kind'], model, blind);
  const over = resolveOver(given);
  if (given.penalty === undefined) return { objective: model, penalty: null, over };
  const charged = own(registry.objectives, given.penalty.kind) as ObjectiveModel;
  checkSeen(['objective', 'penalty', 'kind'], charged, blind);
  return { objective: model, penalty: { model: charged, weight: given.penalty.weight }, over };
}

function checkSeen(path: readonly string[], model: ObjectiveModel, blind: (model: ObjectiveModel) => string | null) {
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
