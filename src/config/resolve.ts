/** Floor 4. A config with everything filled in: models, settings, start values, what is trained, numbers of rows. */
import { z } from 'zod';
import { durationOf } from '../data/time.js';
import { UserError } from '../errors.js';
import type { Precision } from '../graph/index.js';
import type { Route } from '../pools/route.js';
import { POOL_SHOWS } from '../pools/system.js';
import { type Clock, MINUTES, rowsPerDay } from '../rollout/clock.js';
import type { ObjectiveModel } from '../rollout/model.js';
import { scoredBy } from '../rollout/spec.js';
import {
  assetsOfData,
  burnInOf,
  checkScenarioRows,
  type DrawnData,
  type RecordedData,
  rowsOfScenario,
  splitSpec,
} from './data.js';
import { ConfigError, check, message, show } from './explain.js';
import { memoryBytes, strict } from './fields.js';
import { checkGenerator, resolveGenerator } from './generator.js';
import type { ResolvedPart } from './models.js';
import { type ResolvedObjective, resolveObjective } from './objective.js';
import type { ParameterContext, ResolvedParameter } from './parameters.js';
import {
  POOL_SECTIONS,
  type PoolSections,
  poolBlind,
  poolModels,
  poolNotes,
  poolPlain,
  type ResolvedPool,
  resolvePool,
} from './pool.js';
import type { Registry } from './registry.js';
import { checkNames, checkWindow } from './relations.js';
import {
  countsOf,
  dataSection,
  drawnSection,
  objectiveSection,
  runSection,
  scenarioTrainSection,
  sectionKeys,
  splitSection,
  trainSection,
} from './sections.js';
import { solveSection } from './solve-section.js';
import { checkReads, type ResolvedSystem, resolveSystem, systemBlind } from './system.js';

export type TrainSettings = z.output<typeof scenarioTrainSection>;

/** Sections by name, as YAML gives them. */
export type RawConfig = Readonly<Record<string, unknown>>;

/** What a config says, whichever system it is of. */
export interface CommonConfig extends ResolvedObjective {
  /** The config with everything filled in, JSON-serialisable; resolving it again gives the same. For checkpoints. */
  readonly plain: RawConfig;
  /** In the order of the dataset's columns that it names. */
  readonly assets: readonly string[];
  readonly data: RecordedData | DrawnData;
  /** Its models that have parameters, in the order of the layout: the system, what it is made of, what draws the data. */
  readonly parts: readonly ResolvedPart[];
  /** Names of the system and of what it is made of. */
  readonly title: string;
  /** By the layout's names, such as `tfmm.fee`. */
  readonly parameters: Readonly<Record<string, ResolvedParameter>>;
  readonly train: TrainSettings;
  /** How long a step is: a row of the dataset, or of a scenario. */
  readonly clock: Clock;
  /** Rows of a training window, or of a scenario. */
  readonly windowRows: number;
  /** `precision` of training; `threads` 0: all cores; `memory` in bytes. */
  readonly run: {
    readonly device: string;
    readonly precision?: Precision;
    readonly threads: number;
    readonly memory: number;
    readonly route: Route;
  };
  /** What a user should know of what was decided for them; one line each. */
  readonly notes: readonly string[];
}

export type PoolConfig = CommonConfig & ResolvedPool;
export type SystemConfig = CommonConfig & ResolvedSystem;
export type ResolvedConfig = PoolConfig | SystemConfig;

/** What a dataset has. */
export interface ResolveContext {
  /** Assets of the dataset, from which `data.assets` chooses. */
  readonly assets: readonly string[];
  /** Further series of the dataset; none where left out. */
  readonly series?: readonly string[];
  /** How far its rows are apart; left out: a minute. */
  readonly clock?: Clock;
}

const modelMap = (name: string, example: string) =>
  z.record(z.string(), z.unknown(), {
    error: message('expected a map with a kind', `for example ${name}: {kind: ${example}}`),
  });

/** Sections that every config may have; those of models are unchecked. */
const modelSections = (registry: Registry) => ({
  pool: modelMap('pool', 'tfmm').optional(),
  feeLaw: modelMap('feeLaw', 'volatility').optional(),
  rule: modelMap('rule', 'momentum').optional(),
  flow: modelMap('flow', 'elastic, v0: 0.2').optional(),
  system: modelMap('system', './my-system.js').optional(),
  objective: objectiveSection(registry),
  solve: solveSection,
});

/** The document, by where its data come from. */
const recordedDocument = (registry: Registry) =>
  strict('a config', {
    data: dataSection,
    ...modelSections(registry),
    split: splitSection,
    train: trainSection,
    run: runSection,
  });
const drawnDocument = (registry: Registry) =>
  strict('a config', {
    data: drawnSection,
    ...modelSections(registry),
    train: scenarioTrainSection,
    run: runSection,
  });

/** Refuses what is no config at all, before anything that it names is touched. */
export function checkSections(raw: unknown, registry: Registry): void {
  const sections = Object.keys(recordedDocument(registry).shape).map((name) => [name, z.unknown().optional()]);
  const config = check(strict('a config', Object.fromEntries(sections)), raw, [], sectionKeys) as RawConfig;
  checkTogether(config);
}

/** Whether a config's data are drawn. */
export const isDrawn = (raw: unknown): boolean => {
  const { data } = (raw ?? {}) as { readonly data?: unknown };
  return typeof data === 'object' && data !== null && Object.hasOwn(data, 'model');
};

/** Refuses sections of one kind of config in another. */
function checkTogether(raw: RawConfig): void {
  const kindOf = (section: unknown) => (section as { readonly kind?: unknown }).kind ?? section;
  const stranger = POOL_SECTIONS.find((name) => raw[name] !== undefined);
  if (raw.system !== undefined && stranger !== undefined) {
    throw new ConfigError(
      [stranger],
      `expected none with system: ${show(kindOf(raw.system))}, got ${show(kindOf(raw[stranger]))}; keep either the system, or a pool with its rule, flow and feeLaw`,
    );
  }
  if (!isDrawn(raw)) return;
  const data = raw.data as RawConfig;
  const train = (raw.train ?? {}) as RawConfig;
  for (const [path, value, way] of [
    [['data', 'file'], data.file, 'keep one of them'],
    [['split'], raw.split, 'scenarios are told apart by their numbers: say how many by data.scenarios'],
    [['train', 'windowDays'], train.windowDays, 'say how long scenarios are by data.scenarios.length'],
  ] as const) {
    if (value !== undefined) throw new ConfigError(path, `expected none with data.model, got ${show(value)}; ${way}`);
  }
}

/** A config whose data were recorded. */
export type RecordedConfig = ResolvedConfig & { readonly data: RecordedData };
/** A config whose data are drawn. */
export type DrawnConfig = ResolvedConfig & { readonly data: DrawnData };

/**
 * Checks a config of recorded data against the models of `registry` and fills in everything that it leaves out.
 *
 * Throws a ConfigError in one line: path, what was expected, what came, how to mend it.
 *
 * @param there what the dataset has
 */
export function resolveConfig(raw: unknown, registry: Registry, there: ResolveContext): RecordedConfig {
  const document = check(recordedDocument(registry), expandShorthands(raw), [], sectionKeys);
  checkTogether(document);
  const assets = assetsOfData(document.data.assets, there.assets);
  const flow = document.system !== undefined || document.flow !== undefined;
  const { clock = MINUTES } = there;
  const context: ParameterContext = { assets, flow, series: there.series ?? [], clock };
  const subject = resolveSubject(document, registry, context, there.assets);
  if (subject.kind === 'system') checkReads(subject.system, null, context);
  const scored = resolveObjective(document.objective, registry, shownBy(subject), blindness(subject, registry));
  const models = modelsOf(scored);
  const windowRows = Math.round(document.train.windowDays * rowsPerDay(clock));
  checkWindow(document.train.windowDays, windowRows, models, clock);
  const split = splitSpec(document.split, windowRows, models, clock);
  const common = commonOf({ ...document, data: { ...document.data, assets } }, subject, [], scored);
  const data = { kind: 'recorded', file: document.data.file, split } as const;
  return { ...common, ...subject, assets, data, clock, windowRows };
}

/** The same of a config whose data are drawn. */
export function resolveDrawn(raw: unknown, registry: Registry): DrawnConfig {
  const document = check(drawnDocument(registry), expandShorthands(raw), [], sectionKeys);
  checkTogether(document);
  const { data } = document;
  const assets = assetsOfData(data.assets, null);
  const clock = { interval: durationOf(data.interval) as number };
  const flow = document.pool === undefined || document.flow !== undefined;
  const context: ParameterContext = { assets, flow, series: [], clock };
  const place = { at: ['data', 'model'], sources: registry.sources, frozen: true };
  const source = resolveGenerator(data.model, assets, place);
  const subject = resolveSubject(document, registry, context, assets);
  if (subject.kind === 'pool') checkDrawnPool(subject, source, document.run.route);
  else checkReads(subject.system, { name: source.kind, rows: source.model.rows }, context);
  const scored = resolveObjective(document.objective, registry, shownBy(subject), blindness(subject, registry));
  const { interval } = clock;
  const windowRows = rowsOfScenario(data);
  checkScenarioRows(windowRows, interval, modelsOf(scored));
  const notes = checkSteps(source, interval);
  // a pool's scenarios are drawn beforehand: what draws them is no part of what is trained
  const sources = subject.kind === 'pool' ? [] : [source];
  const common = commonOf({ ...document, data: { ...data, model: source.plain } }, subject, sources, scored);
  if (subject.kind === 'system' && data.scenarios.burnIn !== undefined) {
    throw new ConfigError(
      ['data', 'scenarios', 'burnIn'],
      `expected none with system, which begins where a scenario does, got ${data.scenarios.burnIn}; leave it out`,
    );
  }
  const burnInRows = burnInOf(data, subject.kind === 'pool' && subject.rule !== null);
  return {
    ...common,
    ...subject,
    assets,
    data: { kind: 'drawn', model: source, interval, seed: data.seed, scenarios: data.scenarios, burnInRows },
    clock,
    windowRows,
    notes: [...common.notes, ...notes],
  };
}

/** Refuses what a pool cannot do on scenarios that are drawn before it runs. */
function checkDrawnPool({ blocks }: ResolvedPool, source: DrawnData['model'], route: Route): void {
  if (!Object.hasOwn(source.model.rows, 'prices')) {
    throw new ConfigError(
      ['data', 'model'],
      `expected a process of prices with a pool, got ${source.kind}, which draws ${Object.keys(source.model.rows).join(', ')}; take another`,
    );
  }
  const trained = Object.entries(source.parameters).find(([, p]) => p.train);
  if (trained !== undefined) {
    throw new ConfigError(
      ['data', 'model', trained[0]],
      'expected train: false with a pool, whose scenarios are drawn before it runs, got train: true; leave train out',
    );
  }
  if (blocks !== null) {
    throw new ConfigError(
      ['pool', 'blocks'],
      'expected none with data.model, which says what a step is itself, got some; take a shorter data.interval',
    );
  }
  if (route === 'vectorised') {
    throw new ConfigError(
      ['run', 'route'],
      'expected auto or scan with data.model, whose scenarios a rule goes through one by one, got vectorised; take auto',
    );
  }
}

/** Notes of a process on its step. Throws a ConfigError where no such step can be taken. */
function checkSteps(source: DrawnData['model'], interval: number): readonly string[] {
  try {
    return checkGenerator(source, { interval });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new ConfigError(['data', 'model'], error.message);
  }
}

interface Subjects extends Partial<PoolSections> {
  readonly system?: Readonly<Record<string, unknown>>;
}

function resolveSubject(
  { system, pool, ...others }: Subjects,
  registry: Registry,
  context: ParameterContext,
  available: readonly string[],
): ResolvedPool | ResolvedSystem {
  if (system !== undefined) return resolveSystem(system, registry, context);
  if (pool !== undefined) return resolvePool({ pool, ...others }, registry, context, available);
  throw new ConfigError(
    ['pool'],
    'expected a map with a kind, got nothing; for example pool: {kind: tfmm}, or of another system: {kind: …}',
  );
}

/** Why a model cannot score what is simulated; null where it can. */
const blindness = (subject: ResolvedPool | ResolvedSystem, registry: Registry) =>
  subject.kind === 'pool' ? poolBlind(subject, registry) : systemBlind(subject, registry);

/** What it lets be observed, by name. */
const shownBy = (subject: ResolvedPool | ResolvedSystem): Readonly<Record<string, string>> =>
  subject.kind === 'pool' ? POOL_SHOWS : { ...subject.system.model.observes, ...subject.system.model.outcome };

const modelsOf = ({ objective, penalty, measured }: ResolvedObjective): ObjectiveModel[] =>
  scoredBy({ objective, penalties: penalty === null ? [] : [penalty], measured });

/** Whatever of the document does not hang on where the data come from. */
function commonOf(
  document: RawConfig & Pick<z.output<ReturnType<typeof drawnDocument>>, 'train' | 'run'>,
  subject: ResolvedPool | ResolvedSystem,
  sources: readonly ResolvedPart[],
  scored: ResolvedObjective,
): Omit<CommonConfig, 'assets' | 'data' | 'clock' | 'windowRows'> {
  const own: readonly ResolvedPart[] =
    subject.kind === 'pool' ? poolModels(subject) : [subject.system, ...subject.inner];
  checkNames([...own, ...sources]);
  const parts = [...own, ...sources];
  const sections = subject.kind === 'pool' ? poolPlain(subject) : { system: subject.system.plain };
  return {
    ...scored,
    plain: JSON.parse(JSON.stringify({ ...document, ...sections })),
    parts,
    title: own.map(({ model }) => model.name).join(' + '),
    parameters: Object.fromEntries(
      parts.flatMap((m) => Object.entries(m.parameters).map(([key, p]) => [`${m.model.name}.${key}`, p])),
    ),
    train: document.train,
    run: { ...document.run, memory: memoryBytes(document.run.memory) },
    notes: [...parts.flatMap(frozenNotes), ...(subject.kind === 'pool' ? poolNotes(subject) : [])],
  };
}

/** `pool: hmm` is short for `pool: {kind: hmm}`, and `data: prices.arrow` for its file; empty entries count as left out. */
export function expandShorthands(raw: unknown): unknown {
  const config = withoutNulls(raw);
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return config ?? {};
  const entries = Object.entries(config).map(([key, value]) => {
    if (key === 'data') return [key, typeof value === 'string' ? { file: value } : expandData(value)];
    return [key, typeof value === 'string' && MODEL_SECTIONS.includes(key) ? { kind: value } : value];
  });
  return Object.fromEntries(entries);
}

const MODEL_SECTIONS: readonly string[] = [...POOL_SECTIONS, 'system', 'objective'];

/** `model: gbm` is short for `model: {kind: gbm}`, `walk.yaml` for the file's content, `scenarios: 256` for as many of training. */
function expandData(data: unknown): unknown {
  if (!isDrawn({ data })) return data;
  const { model, scenarios, ...rest } = data as RawConfig;
  const named = (text: string) => (/\.ya?ml$/i.test(text) ? { file: text } : { kind: text });
  return {
    ...rest,
    model: typeof model === 'string' ? named(model) : model,
    ...(scenarios === undefined ? {} : { scenarios: typeof scenarios === 'number' ? countsOf(scenarios) : scenarios }),
  };
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== null && entry !== undefined);
  return Object.fromEntries(entries.map(([key, entry]) => [key, withoutNulls(entry)]));
}

/** Parameters that are frozen although nobody said so. */
function frozenNotes(m: ResolvedPart): string[] {
  return Object.entries(m.parameters)
    .filter(([, p]) => p.held === true)
    .map(
      ([key, p]) =>
        `${m.model.name}.${key} stays at ${p.value.join(', ')}: it is trained only with a flow and from a value above 0`,
    );
}
