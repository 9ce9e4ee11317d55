/**
 * Floor 5½. `train --init-from`: the start values of a config taken from a run, ours or the Python simulator's. They are
 * put into the config itself, so that its checkpoint goes on by `--resume` as any other.
 */
import { registry } from '../../kernels/index.js';
import { ConfigError, type OpenedConfig, openConfig, type ResolvedConfig, show } from '../config/index.js';
import { UserError } from '../errors.js';
import { poolLayout } from '../pools/rollout.js';
import { chooseEntry, rawOfEntry } from '../quantammsim/entry.js';
import { readFingerprint } from '../quantammsim/fingerprint.js';
import { isRunFile, readRunFile } from '../quantammsim/run-file.js';
import type { ParameterLayout } from '../rollout/layout.js';
import { checkpointLayout, loadCheckpoint } from '../train/checkpoint.js';
import { specOf } from './session.js';
import { MEANING } from './settable.js';

/** What a run hands over: raw numbers by the config's own layout, but assets in the run's order. */
interface Start {
  readonly pool: string;
  readonly rule: string | null;
  readonly assets: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
  /** Parameter names that it has numbers for, and these, by the layout; called once the rest is known to fit. */
  readonly numbers: (layout: ParameterLayout) => { readonly raw: Float64Array; readonly names: readonly string[] };
}

/** The one parameter of the pool that a result file has. */
const WEIGHTS = 'tfmm.initialWeights';

/** The config with the values of the run at `path` in place of its own start values. */
export async function startFrom(path: string, { config }: OpenedConfig, entry?: number): Promise<OpenedConfig> {
  const start = await readStart(path, entry);
  checkFits(path, start, config);
  const layout = poolLayout(specOf(config));
  const { raw, names } = start.numbers(layout);
  const values = Object.entries(valuesBy(layout, raw, start.assets, config)).filter(
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
      pool: 'tfmm',
      rule: fingerprint.rule,
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
  const { pool, rule } = checkpoint.config as Record<string, Record<string, unknown> | undefined>;
  return {
    pool: word(pool?.kind),
    rule: rule === undefined ? null : word(rule?.kind),
    assets: checkpoint.dataset.assets,
    settings: { ...pool, ...rule },
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
    `--init-from: expected ${wanted} as in the config, got ${got} in '${path}'; give a run of the same pool, or change the config`,
    2,
  );

function checkFits(path: string, start: Start, { assets, pool, rule, plain }: ResolvedConfig): void {
  const sorted = (names: readonly string[]) => [...names].sort().join(', ');
  if (sorted(assets) !== sorted(start.assets)) {
    throw unfit(path, `the assets ${assets.join(', ')}`, start.assets.join(', '));
  }
  if (pool.kind !== start.pool) throw unfit(path, `the pool ${pool.kind}`, start.pool);
  const own = rule?.kind ?? null;
  if (own !== start.rule) throw unfit(path, `the rule ${own ?? '(none)'}`, start.rule ?? 'none');
  const settings = { ...(plain.pool as object), ...(plain.rule as object | undefined) } as Record<string, unknown>;
  for (const key of MEANING) {
    const theirs = start.settings[key];
    if (theirs === undefined || theirs === settings[key]) continue;
    throw unfit(path, `${key} ${settings[key]}`, word(theirs));
  }
}

/** Values by parameter in the order of the config's assets; memories within the config's longest, which cuts them anyway. */
function valuesBy(layout: ParameterLayout, raw: Float64Array, from: readonly string[], config: ResolvedConfig) {
  const longest = config.rule?.settings.maxMemoryDays;
  return Object.fromEntries(
    Object.entries(layout.values(raw)).map(([name, values]) => {
      const { parameter, labels } = layout.entry(name);
      const ordered = labels.length === 0 ? values : config.assets.map((asset) => values[from.indexOf(asset)]);
      const cut = parameter.role === 'memory' && longest !== undefined;
      return [name, cut ? ordered.map((days) => Math.min(days, longest)) : ordered];
    }),
  );
}

/** What needs flow (fees, depth), and the flow itself, is the config's to say where it does not train it. */
function isTaken(name: string, layout: ParameterLayout, { parameters, flow }: ResolvedConfig): boolean {
  const ofFlow = flow !== null && name.startsWith(`${flow.model.name}.`);
  return parameters[name].train || !(ofFlow || layout.entry(name).parameter.needsFlow === true);
}

/** The filled-in config with other values. */
function withValues(config: ResolvedConfig, values: Readonly<Record<string, readonly number[]>>): unknown {
  const { plain, pool, rule, flow } = config;
  const sections = { pool, ...(rule === null ? {} : { rule }), ...(flow === null ? {} : { flow }) };
  const changed = Object.entries(sections).map(([section, { model, declared }]) => {
    const given = plain[section] as Record<string, object>;
    const own = Object.entries(declared).flatMap(([key, { shape }]) => {
      const value = values[`${model.name}.${key}`];
      return value === undefined ? [] : [[key, { ...given[key], value: shape === 'scalar' ? value[0] : value }]];
    });
    return [section, { ...given, ...Object.fromEntries(own) }];
  });
  return { ...plain, ...Object.fromEntries(changed) };
}
