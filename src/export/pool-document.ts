/**
 * Floor 5. A tuned pool of any model as its models declare it: settings, parameters, what a new pool holds, what the rule
 * goes on from; and the way back to the same roll-out, to the bit.
 */
import { UserError } from '../errors.js';
import { valuesOf } from '../evaluate/parameters.js';
import type { PlainSet, RuleModel } from '../pools/model.js';
import { poolSeries } from '../pools/series.js';
import { completePool, type PoolSpec } from '../pools/spec.js';
import type { ParameterLayout } from '../rollout/layout.js';
import type { Parameters, Settings } from '../rollout/model.js';
import { estimateAtEnd, lastPrices, newPool } from './deployed.js';
import type { ModelDocument, PoolDocument } from './json-schema.js';
import { finite } from './pool.js';
import type { TunedInput, TunedOrigin } from './tuned-input.js';

/** What the document tells of a model. */
interface Model {
  readonly name: string;
  readonly settings?: Settings;
  readonly parameters: Parameters | ((settings: Readonly<Record<string, number>>) => Parameters);
}

/** @throws UserError where a trained number is none */
export function documentOf(given: TunedInput): PoolDocument {
  const input = { ...given, spec: completePool(given.spec) };
  const { spec, data, provenance } = input;
  const n = spec.assets.length;
  const prices = lastPrices(data);
  const pool = modelOf(input, spec.pool, poolSeries(spec).parameters);
  const { reserves, weights } = newPool(input);
  const { supply, trades } = poolSeries(spec);
  return {
    provenance: { ...provenance, metrics: finite(provenance.metrics) },
    assets: [...spec.assets],
    time: timeOf(data, data.rows - 1),
    prices,
    value: spec.value,
    zeroFee: spec.zeroFee,
    pool: {
      ...pool.document,
      used: spec.pool.used?.(pool.set) ?? {},
      weights: weights === null ? null : [...weights],
      reserves: { assets: reserves.slice(0, n), numeraire: reserves.slice(n) },
      supply,
      trades,
    },
    feeLaw: spec.feeLaw ? modelOf(input, spec.feeLaw).document : null,
    rule: spec.rule === null ? null : ruleOf(input, spec.rule),
  };
}

const timeOf = ({ start, interval }: TunedInput['data'], row: number): string =>
  new Date(start + row * interval).toISOString();

function ruleOf(input: TunedInput, rule: RuleModel): PoolDocument['rule'] {
  const { document, set } = modelOf(input, rule);
  const estimate = estimateAtEnd(input);
  const carry = Object.entries(estimate?.carry ?? {});
  return {
    ...document,
    used: rule.used?.(set) ?? {},
    estimator: estimate && {
      time: timeOf(input.data, estimate.row),
      carry: Object.fromEntries(carry.map(([name, numbers]) => [name, [...numbers]])),
    },
  };
}

/** @param series that stand for parameters, by their keys */
function modelOf(
  { spec, layout, raw, data }: TunedInput,
  model: Model,
  series: Readonly<Record<string, string>> = {},
): { readonly document: ModelDocument; readonly set: PlainSet } {
  const parameters = Object.entries(declaredBy(model, spec)).map(([key, declared]) => {
    const entry = layout.entry(`${model.name}.${key}`);
    const followed: Float64Array | undefined = data.series[series[key]];
    const value = followed === undefined ? valuesOf(entry, raw) : [followed[data.rows - 1]];
    checkFinite(entry.name, value);
    return [key, { declared, value, raw: Array.from(raw.subarray(entry.column, entry.column + entry.size)) }] as const;
  });
  const settings = Object.entries(model.settings ?? {}).map(([key, { choices = {} }]) => {
    const number = spec.settings[key];
    return [key, Object.keys(choices).find((name) => choices[name] === number) ?? number] as const;
  });
  const numbers = (of: 'value' | 'raw') => Object.fromEntries(parameters.map(([key, p]) => [key, p[of]]));
  return {
    set: { value: numbers('value'), raw: numbers('raw'), settings: spec.settings, prices: lastPrices(data) },
    document: {
      kind: model.name,
      settings: Object.fromEntries(settings),
      parameters: Object.fromEntries(
        parameters.map(([key, { declared, value, raw: numbers }]) => [
          key,
          {
            ...{ shape: declared.shape, value: [...value], unit: declared.unit, doc: declared.doc },
            raw: numbers.map((x) => (Number.isFinite(x) ? x : (String(x) as 'Infinity' | '-Infinity'))),
            ...(series[key] === undefined ? {} : { series: series[key] }),
          },
        ]),
      ),
    },
  };
}

const declaredBy = ({ parameters }: Model, { settings }: Pick<PoolSpec, 'settings'>): Parameters =>
  typeof parameters === 'function' ? parameters(settings) : parameters;

function checkFinite(name: string, values: readonly number[]): void {
  const bad = values.find((x) => !Number.isFinite(x));
  if (bad === undefined) return;
  throw new UserError(
    `export json: ${name} must be finite, got ${bad}; bound or freeze it in the config and train again`,
  );
}

/** The models of a document, each beside what the spec has in its place. */
function pairsOf(document: PoolDocument, spec: PoolSpec): [ModelDocument, Model][] {
  const pairs: [section: string, ModelDocument | null, Model | null][] = [
    ['pool', document.pool, spec.pool],
    ['feeLaw', document.feeLaw, spec.feeLaw ?? null],
    ['rule', document.rule, spec.rule],
  ];
  return pairs.flatMap(([section, written, model]) => {
    if ((written?.kind ?? null) !== (model?.name ?? null)) {
      throw new UserError(
        `parse json: ${section} must be ${model?.name ?? 'null'} as in the run, got ${written?.kind ?? 'null'}; take the file of this checkpoint`,
      );
    }
    return written === null || model === null ? [] : [[written, model]];
  });
}

/**
 * `spec` with the settings, series and value of the document.
 * @throws UserError for a document of other models
 */
export function specOfDocument(document: PoolDocument, spec: PoolSpec): PoolSpec {
  const settings = pairsOf(document, spec).flatMap(([written, model]) =>
    Object.entries(written.settings).map(([key, given]) => [
      key,
      typeof given === 'number' ? given : model.settings?.[key]?.choices?.[given],
    ]),
  );
  const followed = Object.entries(document.pool.parameters).flatMap(([key, { series }]) =>
    series === undefined ? [] : [[key, series]],
  );
  const { supply, trades } = document.pool;
  return completePool({
    ...spec,
    settings: Object.fromEntries(settings),
    series: { parameters: Object.fromEntries(followed), supply, trades },
    value: document.value,
    zeroFee: document.zeroFee,
  });
}

/** Values are made of raw numbers by the same functions; those of another machine may differ in their last digit. */
const ROUNDING = 1e-12;

/**
 * The raw column vector of the document; of a flow, which it does not carry, the origin's.
 * @throws UserError where a value is not what its raw number makes
 */
export function rawOfDocument(
  document: PoolDocument,
  spec: PoolSpec,
  layout: ParameterLayout,
  origin: TunedOrigin,
): Float64Array {
  const raw = origin.raw.slice();
  for (const [written, model] of pairsOf(document, spec)) {
    for (const [key, parameter] of Object.entries(written.parameters)) {
      const { name, column, size, parameter: declared } = layout.entry(`${model.name}.${key}`);
      const numbers = parameter.raw.map(Number);
      const wanted = declared.transform.forward(numbers);
      const same = wanted.every((x, i) => Math.abs(x - parameter.value[i]) <= ROUNDING * Math.abs(x));
      if (numbers.length !== size || parameter.value.length !== size || (!same && parameter.series === undefined)) {
        throw new UserError(
          `parse json: ${name} must be ${wanted.join(', ')}, which its raw numbers make, got ${parameter.value.join(', ')}; mend the file or export the checkpoint again`,
        );
      }
      raw.set(numbers, column);
    }
  }
  return raw;
}
