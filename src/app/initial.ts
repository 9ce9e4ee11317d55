/**
 * Floor 5½. `train --init-from`: the start values of a config taken from a run, ours or the Python simulator's. They are
 * put into the config itself, so that its checkpoint goes on by `--resume` as any other.
 */
import { registry } from '../../kernels/index.js';
import { ConfigError, type OpenedConfig, openConfig, type ResolvedConfig, show } from '../config/index.js';
import { UserError } from '../errors.js';
import { chooseEntry, rawOfEntry } from '../quantammsim/entry.js';
import { readFingerprint } from '../quantammsim/fingerprint.js';
import { isRunFile, readRunFile } from '../quantammsim/run-file-reader.js';
import { ParameterLayout } from '../rollout/layout.js';
import { checkpointLayout } from '../train/checkpoint.js';
import { loadCheckpoint } from '../train/checkpoint-file.js';
import { MEANING, withEntries } from './settable.js';

/** What a run hands over: raw numbers by the config's own layout, but assets in the run's order. */
interface Start {
  /** Of each of SECTIONS that it has. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly assets: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
  /** Parameter names that it has numbers for, and these, by the layout; called once the rest is known to fit. */
  readonly numbers: (layout: ParameterLayout) => { readonly raw: Float64Array; readonly names: readonly string[] };
}

/** Sections whose kinds say what the numbers are of. */
const SECTIONS = ['pool', 'rule', 'system'] as const;

/** Sections of what is outside: what is not trained of it is the config's to say. */
const OUTSIDE = ['flow', 'data.model'];

/** The one parameter of the pool that a result file has. */
const WEIGHTS = 'tfmm.initialWeights';

/** The config with the values of the run at `path` in place of its own start values. */
export async function startFrom(path: string, { config }: OpenedConfig, entry?: number): Promise<OpenedConfig> {
  const start = await readStart(path, entry);
  checkFits(path, start, config);
  const groups = config.parts.map(({ model, declared }) => ({ prefix: model.name, parameters: declared }));
  const layout = new ParameterLayout(groups, config.assets);
  const { raw, names } = start.numbers(layout);
  const values = Object.entries(valuesBy(path, layout, raw, start, config)).filter(
    ([name]) => names.includes(name) && isTaken(name, layout, config),
  );
  try {
    return await openConfig(withValues(config, Object.fromEntries(values)), registry, { allowCode: true });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UserError(`--init-from '${path}': ${error.message}`, 2);
  }
}

async function readStart(path: string, entry: number | undefined): Promise<Start> {
  if (await isRunFile(path)) {
    const run = await readRunFile(path);
    const fingerprint = readFingerprint(run.fingerprint, path);
    const chosen = chooseEntry(run, fingerprint, entry);
    return {
      kinds: { pool: 'tfmm', rule: fingerprint.rule },
      assets: fingerprint.assets,
      settings: fingerprint.settings,
      numbers: (layout) => ({
        raw: rawOfEntry(run, fingerprint, chosen, layout).raw,
        names: layout.entries.map((e) => e.name).filter((name) => name === WEIGHTS || !name.startsWith('tfmm.')),
      }),
    };
  }
  if (entry !== undefined) {
    throw new UserError(
      `--entry: a result file of the Python simulator was expected, got '${path}'; leave --entry out`,
      2,
    );
  }
  const checkpoint = await loadCheckpoint(path);
  const sections = SECTIONS.flatMap((name) => {
    const section = checkpoint.config[name] as Readonly<Record<string, unknown>> | null | undefined;
    return section === undefined ? [] : [[name, section ?? {}] as const];
  });
  const { data } = checkpoint.config as { readonly data?: { readonly assets?: readonly string[] } };
  return {
    kinds: Object.fromEntries(sections.map(([name, { kind }]) => [name, word(kind)])),
    assets: checkpoint.dataset?.assets ?? data?.assets ?? [],
    settings: Object.assign({}, ...sections.map(([, section]) => section)),
    numbers: (layout) => {
      const show = (l: ReturnType<typeof checkpointLayout>) => l.map((e) => `${e.name} (${e.size})`).join(', ');
      const [got, wanted] = [show(checkpoint.layout), show(checkpointLayout(layout))];
      if (got !== wanted) throw unfit(path, `the parameters ${wanted}`, got);
      return { raw: checkpoint.state.best.raw, names: layout.entries.map((e) => e.name) };
    },
  };
}

/** What a checkpoint's config has where a word should be. */
const word = (value: unknown): string => (typeof value === 'string' ? value : show(value));

const unfit = (path: string, wanted: string, got: string) =>
  new UserError(
    `--init-from: expected ${wanted} as in the config, got ${got} in '${path}'; give a run of the same ${wanted.startsWith('the system') ? 'system' : 'pool'}, or change the config`,
    2,
  );

function checkFits(path: string, start: Start, { assets, plain }: ResolvedConfig): void {
  const sorted = (names: readonly string[]) => [...names].sort().join(', ');
  if (sorted(assets) !== sorted(start.assets)) {
    throw unfit(path, `the assets ${assets.join(', ')}`, start.assets.join(', '));
  }
  const sections = plain as Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
  for (const name of SECTIONS) {
    const [own, theirs] = [sections[name]?.kind, start.kinds[name]];
    if (own !== theirs) throw unfit(path, `the ${name} ${own ?? '(none)'}`, theirs ?? 'nothing');
  }
  const settings = Object.assign({}, ...SECTIONS.map((name) => sections[name]));
  for (const key of MEANING) {
    const theirs = start.settings[key];
    if (theirs === undefined || theirs === settings[key]) continue;
    throw unfit(path, `${key} ${settings[key]}`, word(theirs));
  }
}

/** Values by parameter in the order of the config's assets; memories within the config's longest, which cuts them anyway. */
function valuesBy(path: string, layout: ParameterLayout, raw: Float64Array, from: Start, config: ResolvedConfig) {
  const longest = config.kind === 'pool' ? config.rule?.settings.maxMemoryDays : undefined;
  const order = from.assets.join(', ');
  return Object.fromEntries(
    Object.entries(layout.values(raw)).map(([name, values]) => {
      const { parameter } = layout.entry(name);
      // what belongs to pairs hangs on which asset comes first
      if (parameter.shape === 'pair' && order !== config.assets.join(', ')) {
        throw unfit(path, `the assets in the order ${config.assets.join(', ')}, for ${name}`, order);
      }
      const byAsset = parameter.shape === 'asset';
      const ordered = byAsset ? config.assets.map((asset) => values[from.assets.indexOf(asset)]) : values;
      const cut = parameter.role === 'memory' && longest !== undefined;
      return [name, cut ? ordered.map((days) => Math.min(days, longest)) : ordered];
    }),
  );
}

/** What needs flow (fees, depth), and what is outside, is the config's to say where it does not train it. */
function isTaken(name: string, layout: ParameterLayout, { parameters, parts }: ResolvedConfig): boolean {
  const outside = parts.some(({ section, model }) => OUTSIDE.includes(section) && name.startsWith(`${model.name}.`));
  return parameters[name].train || !(outside || layout.entry(name).parameter.needsFlow === true);
}

/** The filled-in config with other values. */
function withValues({ plain, parts }: ResolvedConfig, values: Readonly<Record<string, readonly number[]>>): unknown {
  const overrides = parts.flatMap(({ section, model, declared, parameters }) =>
    Object.entries(declared).flatMap(([key, { shape }]) => {
      const value = values[`${model.name}.${key}`];
      if (value === undefined) return [];
      const { train, bounds } = parameters[key];
      const given = { value: shape === 'scalar' ? value[0] : value, train, ...(bounds === null ? {} : { bounds }) };
      return [{ path: [...section.split('.'), key], value: given }];
    }),
  );
  return withEntries(plain, overrides);
}
