/** Floor 4. A config of any system: the section system, with what it is made of, and the rows that it reads. */
import { z } from 'zod';
import type { ObjectiveModel, System } from '../rollout/model.js';
import { RECORDED_ROWS, seriesOfKey } from '../rollout/recorded.js';
import { ConfigError, check, oneOf, show } from './explain.js';
import { plainParameter, type ResolvedModel, type ResolvedPart, resolveModel } from './models.js';
import { unseen } from './objective.js';
import { checkSeriesName, type ParameterContext, resolveParameter } from './parameters.js';
import type { Registry } from './registry.js';
import { sectionKeys } from './sections.js';

export interface ResolvedSystem {
  readonly kind: 'system';
  /** `plain` holds those of its parts too, each under its name. */
  readonly system: ResolvedModel<System>;
  /** What it is made of beside itself. */
  readonly inner: readonly ResolvedPart[];
}

export function resolveSystem(
  given: Readonly<Record<string, unknown>>,
  { systems }: Pick<Registry, 'systems'>,
  context: ParameterContext,
): ResolvedSystem {
  const kinds = Object.values(systems).flatMap(({ parts = [] }) => parts.map(({ name }) => name));
  const fields = Object.fromEntries(kinds.map((name) => [name, z.record(z.string(), z.unknown()).optional()]));
  const resolve = (raw: Readonly<Record<string, unknown>>) =>
    resolveModel(['system'], raw, systems, fields, context, sectionKeys);
  const whole = resolve({ ...startOf(resolve(given)), ...given });
  const parts = (whole.model.parts ?? []).map((part): ResolvedPart => {
    const shape = Object.fromEntries(Object.keys(part.parameters).map((key) => [key, z.unknown().optional()]));
    const own = check(z.strictObject(shape), given[part.name] ?? {}, ['system', part.name]);
    const entries = Object.entries(part.parameters).map(
      ([key, p]) => [key, resolveParameter(['system', part.name, key], p, own[key], context)] as const,
    );
    return {
      section: `system.${part.name}`,
      model: part,
      declared: part.parameters,
      parameters: Object.fromEntries(entries),
    };
  });
  const plain = Object.fromEntries(
    parts.map(({ model, declared, parameters }) => [
      model.name,
      Object.fromEntries(Object.entries(parameters).map(([key, p]) => [key, plainParameter(p, declared[key].shape)])),
    ]),
  );
  return { kind: 'system', system: { ...whole, plain: { ...whole.plain, ...plain } }, inner: parts };
}

/** What the system would start from, of the parameters that it has. */
function startOf({ model, settings, parameters }: ResolvedModel<System>): Readonly<Record<string, unknown>> {
  if (model.start === undefined) return {};
  const values = Object.fromEntries(Object.entries(parameters).map(([name, p]) => [name, p.value]));
  const start = Object.entries(model.start(settings, values));
  return Object.fromEntries(
    start.flatMap(([name, x]) => {
      const p = parameters[name];
      if (p === undefined) return [];
      // one number where there is one, as configs write it
      return [[name, p.value.length === 1 ? x[0] : [...x]]];
    }),
  );
}

/** Refuses a system that reads what a dataset has not, or what the process does not draw; `drawn` is null for a dataset. */
export function checkReads(
  { model, kind }: ResolvedModel<System>,
  drawn: { readonly name: string; readonly rows: Readonly<Record<string, string>> } | null,
  context: ParameterContext,
): void {
  for (const name of model.reads) {
    if (drawn !== null) {
      if (Object.hasOwn(drawn.rows, name)) continue;
      throw new ConfigError(
        ['data', 'model'],
        `expected a process that draws ${name}, which ${kind} reads, got ${show(drawn.name)}, which draws ${Object.keys(drawn.rows).join(', ')}; take another, or one of your own: docs/add-a-system.md`,
      );
    }
    const series = seriesOfKey(name);
    if (series !== null) checkSeriesName(['system', 'kind'], series, context);
    else if (!RECORDED_ROWS.includes(name)) {
      throw new ConfigError(
        ['data'],
        `expected a process that draws ${name}, which ${kind} reads, got a dataset, which has ${oneOf(RECORDED_ROWS)}; say data: {model: …}`,
      );
    }
  }
}

/** Why a system cannot be scored by a model; null where it can. */
export const systemBlind =
  ({ system: { model, kind } }: ResolvedSystem, registry: Registry) =>
  (objective: ObjectiveModel): string | null =>
    unseen(objective, { ...model.observes, ...model.outcome }, `system ${kind}`, registry);
