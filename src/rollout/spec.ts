/** Floor 2. What a roll-out is made of, and the parameters of its models inside a program. */
import { buffer, constant, type Expr, load } from '../graph/index.js';
import type { ParameterLayout } from './layout.js';
import type { FlowModel, ModelContext, ObjectiveModel, PoolModel, RuleModel } from './model.js';

export interface RolloutSpec {
  readonly assets: readonly string[];
  readonly pool: PoolModel;
  /** For pools whose weights come from a rule. */
  readonly rule: RuleModel | null;
  readonly flow: FlowModel | null;
  readonly objective: ObjectiveModel;
  /** Added to the objective with their weights. */
  readonly penalties: readonly { readonly model: ObjectiveModel; readonly weight: number }[];
  /** Fixed numbers of all models. */
  readonly settings: Readonly<Record<string, number>>;
  /** Value of the pool at a window's first minute, in the numéraire. */
  readonly value: number;
  /** No fees at all: the closed forms of the pool are used where it has them. */
  readonly zeroFee: boolean;
  /** Simulate every minute even where a leg could be summed in closed form. */
  readonly everyMinute?: boolean;
}

/** Name of the input with the raw parameters, [1][columns][S]. */
export const PARAMETERS = 'parameters';

/** Loads the raw parameters and applies their transforms: one context for each model, by its name. */
export function contexts(spec: RolloutSpec, layout: ParameterLayout): (model: { name: string }) => ModelContext {
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
  return (model) => ({
    n: spec.assets.length,
    raw: raw[model.name] ?? {},
    value: value[model.name] ?? {},
    settings: spec.settings,
  });
}

/** A zero for each asset. */
export const zeros = (n: number): Expr[] => Array.from({ length: n }, () => constant(0));
