/** Floor 7. The models that there are, and a config as a form: what may be set in it, to what, and what that means. */
import {
  type LayoutEntry,
  labelsOf,
  type Parameter,
  POOL_SHOWS,
  registry,
  type Setting,
  shownUnit,
} from 'poolgrad/browser';
import type { DataRef, Document } from '../state.js';
import type { Handlers } from './call.js';
import { type DrawnRef, datasetOf, generatorOf } from './datasets.js';
import { type Opened, opened } from './opened.js';
import { type Scale, scaleOf } from './scale.js';

export interface ModelCalls {
  readonly catalogue: { readonly ask: null; readonly event: never; readonly answer: Catalogue };
  readonly prices: { readonly ask: DataRef; readonly event: never; readonly answer: PricesThere };
  readonly describe: { readonly ask: Question; readonly event: never; readonly answer: Form };
}

/** A config on data. */
export interface Question {
  readonly config: Document;
  readonly data: DataRef;
}

/** What prices there are, whatever a config makes of them. */
export interface PricesThere {
  readonly assets: readonly string[];
  /** What they are drawn by; null where they are recorded. */
  readonly process: Group | null;
}

/** A model as a choice. */
export interface Choice {
  readonly name: string;
  readonly doc: string;
  /** What its section is to begin with: values of parameters that have no default. */
  readonly start: Readonly<Record<string, number>>;
}

export interface PoolChoice extends Choice {
  /** Whether its weights come from a rule. */
  readonly ruled: boolean;
  /** Parameters and settings that its section may have, by its settings' defaults. */
  readonly keys: readonly string[];
  /** Fewest and most assets; no bound where null. */
  readonly assets: readonly [number, number | null];
}

/** Every shipped model of a pool's config, in the registry's order. */
export interface Catalogue {
  readonly pools: readonly PoolChoice[];
  readonly rules: readonly Choice[];
  readonly feeLaws: readonly Choice[];
  readonly flows: readonly Choice[];
  readonly objectives: readonly Choice[];
  readonly sources: readonly Choice[];
}

/** A setting: one of `choices`, or a number. */
export interface SettingField {
  readonly key: string;
  readonly doc: string;
  readonly value: number;
  readonly default: number;
  readonly range: readonly [number, number];
  readonly unit: string;
  readonly whole: boolean;
  readonly choices: Readonly<Record<string, number>> | null;
}

/** A parameter: one number for each of `labels`, or one where there are none. */
export interface ParameterField {
  readonly key: string;
  /** In the layout: `constant-weight.fee`. */
  readonly name: string;
  readonly labels: readonly string[];
  readonly doc: string;
  readonly unit: string;
  readonly isSimplex: boolean;
  /** Values that make sense. */
  readonly range: readonly [number, number];
  /** Of its sliders. */
  readonly scale: Scale;
  readonly default: number;
  readonly value: readonly number[];
  readonly train: boolean;
  /** Whether it trains only where somebody's orders answer to it. */
  readonly needsFlow: boolean;
  /** Ends of its range from which no gradient leads: a fee of 0. */
  readonly deadEnds: readonly number[];
  readonly bounds: readonly [number, number] | null;
  /** A series of the dataset that it follows; then it has no slider. */
  readonly series: string | null;
  /** First of its columns among the raw parameters of the pool; null where it is none of them. */
  readonly column: number | null;
}

/** A model of the page. */
export interface Group {
  /** pool, rule, feeLaw or flow; process, for drawn prices. */
  readonly section: string;
  readonly kind: string;
  readonly doc: string;
  readonly settings: readonly SettingField[];
  readonly parameters: readonly ParameterField[];
}

export interface Form {
  readonly groups: readonly Group[];
  readonly title: string;
  readonly objective: string;
  readonly assets: readonly string[];
  readonly available: readonly string[];
  /** Milliseconds UTC of the first row, and between rows. */
  readonly start: number;
  readonly interval: number;
  readonly rows: number;
  /** [from, to) of each part, rows. */
  readonly split: {
    readonly train: readonly [number, number];
    readonly validation: readonly [number, number];
    readonly test: readonly [number, number];
  };
  /** What one should know of what was decided for one. */
  readonly notes: readonly string[];
}

const defaultsOf = (settings: Readonly<Record<string, Setting>>) =>
  Object.fromEntries(Object.entries(settings).map(([key, setting]) => [key, setting.default]));

const LEAST = { rule: 2, constant: 2, none: 1 } as const;
/** Of flows, whose sizes are statements about a market: assumptions, as configs/ has them. */
const STARTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  elastic: { v0: 0.0005 },
  routed: { size: 0.001, orders: 0.8, depth: 10 },
};

const choicesOf = (models: Readonly<Record<string, Pick<Choice, 'name' | 'doc'>>>): Choice[] =>
  Object.values(models).map(({ name, doc }) => ({ name, doc, start: STARTS[name] ?? {} }));

/** Others are of makers, of compute markets, of games. */
const objectivesOfPools = Object.fromEntries(
  Object.entries(registry.objectives).filter(([, { reads }]) => reads.every((name) => Object.hasOwn(POOL_SHOWS, name))),
);

const catalogue: Catalogue = {
  pools: Object.values(registry.pools).map(({ name, doc, weights, assets, settings, parameters }) => ({
    name,
    doc,
    start: {},
    ruled: weights === 'rule',
    keys: ['value', ...Object.keys(settings), ...Object.keys(parameters(defaultsOf(settings)))],
    assets: [assets?.[0] ?? LEAST[weights], Number.isFinite(assets?.[1]) ? (assets?.[1] ?? null) : null],
  })),
  rules: choicesOf(registry.rules),
  feeLaws: choicesOf(registry.feeLaws),
  flows: choicesOf(registry.flows),
  objectives: choicesOf(objectivesOfPools),
  sources: choicesOf(registry.sources),
};

export const modelHandlers: Handlers<ModelCalls> = {
  catalogue: () => catalogue,
  prices: async (ref) => ({
    assets: (await datasetOf(ref)).assets,
    process: ref.from === 'drawn' ? processOf(ref) : null,
  }),
  describe: async ({ config, data }) => formOf(await opened(config, data)),
};

/** What draws prices; of its parameters none trains with a pool. */
function processOf(ref: DrawnRef): Group {
  const resolved = generatorOf(ref);
  const { model, kind, settings, parameters } = resolved;
  return {
    section: 'process',
    kind,
    doc: model.doc,
    settings: settingsOf(resolved),
    parameters: Object.entries(model.parameters(settings)).map(([key, parameter]) => {
      const entry = { name: key, parameter, labels: labelsOf(parameter.shape, ref.assets), column: null };
      return parameterOf(key, entry, parameters[key]);
    }),
  };
}

function formOf({ config, dataset, whole, split, layout }: Opened): Form {
  const { pool, rule, feeLaw, flow } = config;
  const models = [pool, rule, feeLaw, flow].filter((model) => model !== null);
  return {
    groups: models.map((model) => ({
      section: model.section,
      kind: model.kind,
      doc: model.model.doc,
      settings: settingsOf(model),
      parameters: Object.keys(model.parameters).map((key) =>
        parameterOf(key, layout.entry(`${model.model.name}.${key}`), model.parameters[key]),
      ),
    })),
    title: config.title,
    objective: config.objective.name,
    assets: config.assets,
    available: whole.assets,
    start: dataset.start,
    interval: dataset.interval,
    rows: dataset.rows,
    split,
    notes: config.notes,
  };
}

type ResolvedPool = Opened['config']['pool'];

function settingsOf(of: Pick<ResolvedPool, 'settings'> & { readonly model: object }): SettingField[] {
  const declared = 'settings' in of.model ? (of.model.settings as Readonly<Record<string, Setting>>) : {};
  return Object.entries(declared).map(([key, setting]) => ({
    key,
    doc: setting.doc,
    value: of.settings[key],
    default: setting.default,
    range: setting.range,
    unit: setting.time ?? '1',
    whole: setting.whole === true,
    choices: setting.choices ?? null,
  }));
}

type Entry = Pick<LayoutEntry, 'name' | 'parameter' | 'labels'> & Pick<ParameterField, 'column'>;

function parameterOf(key: string, entry: Entry, resolved: ResolvedPool['parameters'][string]): ParameterField {
  const parameter: Parameter = entry.parameter;
  return {
    key,
    name: entry.name,
    labels: entry.labels,
    doc: parameter.doc,
    unit: shownUnit(parameter),
    isSimplex: parameter.transform.simplex === true,
    range: parameter.range,
    scale: scaleOf(parameter, resolved.bounds, resolved.value),
    default: parameter.default,
    value: resolved.value,
    train: resolved.train,
    needsFlow: parameter.needsFlow === true,
    deadEnds: deadEndsOf(parameter),
    bounds: resolved.bounds,
    series: resolved.series ?? null,
    column: entry.column,
  };
}

const deadEndsOf = ({ transform, range }: Parameter): number[] =>
  transform.simplex === true ? [] : range.filter((end) => !Number.isFinite(transform.inverse([end])[0]));
