/** Floor 4. From a config file to a resolved config and its data: YAML, overrides, a user's own pool, the dataset. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Dataset, loadDataset, selectAssets } from '../data/dataset.js';
import { type Split, splitRows } from '../data/windows.js';
import { UserError } from '../errors.js';
import type { PoolModel } from '../rollout/model.js';
import { parseYamlFile } from './document.js';
import { ConfigError, check, show } from './explain.js';
import { applyOverride, type Override, parseOverride } from './overrides.js';
import { isModelPath, type Registry } from './registry.js';
import { expandShorthands, type RawConfig, type ResolvedConfig, resolveConfig } from './resolve.js';
import { dataSection } from './sections.js';

/** What the command line changes of a config. */
export interface Overrides {
  /** `a.b=c` each. */
  readonly set?: readonly string[];
  readonly seed?: number;
  readonly device?: string;
  readonly precision?: string;
  readonly memory?: string;
}

/** A config with the data it speaks of. */
export interface OpenedConfig {
  readonly config: ResolvedConfig;
  /** Restricted to the assets of the config. */
  readonly dataset: Dataset;
  readonly split: Split;
}

/** The one interval that roll-outs step by. */
const MINUTE = 60_000;

/**
 * Reads a config file, applies the overrides, loads the dataset and resolves everything. Paths in the file are seen from
 * its folder, those of overrides from the working directory.
 *
 * Throws a UserError in one line that starts with the file or the flag that is wrong (exit code 2 for flags).
 */
export async function loadConfig(path: string, registry: Registry, overrides: Overrides = {}): Promise<OpenedConfig> {
  const flags = overrideList(overrides);
  let raw = anchorPaths(expandShorthands(await readConfigFile(path)), dirname(path));
  for (const flag of flags) raw = expandShorthands(applyOverride(raw, flag));
  return blame(basename(path), flags, () => openConfig(raw, registry));
}

/**
 * Loads the dataset of a config (as `plain` of a resolved one, from a checkpoint) and resolves it. A pool by path is
 * imported, which runs the user's code. Throws a ConfigError or a UserError of the dataset.
 */
export async function openConfig(raw: unknown, registry: Registry): Promise<OpenedConfig> {
  const models = await withOwnPool(raw, registry);
  const data = check(dataSection, (raw as RawConfig | undefined)?.data ?? {}, ['data']);
  const whole = await loadDataset(data.file);
  if (whole.interval !== MINUTE) {
    throw new ConfigError(
      ['data', 'file'],
      `expected one row a minute, got one every ${whole.interval / 1000} s; import minute candles`,
    );
  }
  const config = resolveConfig(raw, models, { assets: whole.assets, series: Object.keys(whole.series) });
  const dataset = selectAssets(whole, config.assets);
  return { config, dataset, split: splitRows(dataset.rows, config.split) };
}

/** The content of a config file. Throws a UserError for a file that is missing, no YAML or no map. */
export async function readConfigFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new UserError(`config: expected a file, got no '${path}'; write one by \`poolgrad init ${path}\``);
    if (code === 'EISDIR') throw new UserError(`config: expected a file, got the folder '${path}'; name a file in it`);
    throw new UserError(`config: '${path}' cannot be read: ${message}`);
  }
  const content = parseYamlFile(text, path) ?? {};
  if (typeof content === 'object' && !Array.isArray(content)) return content;
  throw new UserError(
    `${basename(path)}: expected a map with data and pool, got ${show(content)}; write one by \`poolgrad init\``,
  );
}

/** Flags in the order in which they apply: `--set` first, since the others are the more particular. */
function overrideList({
  set = [],
  seed,
  device,
  precision,
  memory,
}: Overrides): (Override & { readonly flag: string })[] {
  const cwd = process.cwd();
  const named = [
    ['--seed', 'train.seed', seed],
    ['--device', 'run.device', device],
    ['--precision', 'run.precision', precision],
    ['--memory', 'run.memory', memory],
  ] as const;
  return [
    ...set.map(parseOverride).map((o) => ({ ...o, flag: '--set' })),
    ...named
      .filter(([, , value]) => value !== undefined)
      .map(([flag, key, value]) => ({ flag, path: key.split('.'), value })),
  ].map((o) => (isPathKey(o.path) ? { ...o, value: anchored(o.value, cwd) } : o));
}

const isPathKey = (path: readonly string[]): boolean =>
  ['data', 'data.file', 'pool', 'pool.kind'].includes(path.join('.'));

/** Paths of a config are kept as seen from the working directory, so that they mean the same wherever they are read. */
function anchorPaths(raw: unknown, folder: string): unknown {
  const { data, pool } = (raw ?? {}) as { data?: { file?: unknown }; pool?: { kind?: unknown } };
  let anchoredConfig = raw;
  if (typeof data?.file === 'string') {
    const file = relative(process.cwd(), resolve(folder, data.file));
    anchoredConfig = applyOverride(anchoredConfig, { path: ['data', 'file'], value: file });
  }
  if (typeof pool?.kind === 'string') {
    anchoredConfig = applyOverride(anchoredConfig, { path: ['pool', 'kind'], value: anchored(pool.kind, folder) });
  }
  return anchoredConfig;
}

/** A path to a model as seen from the working directory; names of models and other values as they are. */
function anchored(value: unknown, folder: string): unknown {
  if (typeof value !== 'string' || !isModelPath(value)) return value;
  const path = relative(process.cwd(), resolve(folder, value)).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}

/** Runs `body`; its ConfigErrors come out with the file or the flag that brought the wrong value. */
async function blame<T>(
  file: string,
  flags: readonly (Override & { readonly flag: string })[],
  body: () => Promise<T>,
): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const at = error.path.join('.');
    const flag = flags.findLast(({ path }) => at === path.join('.') || at.startsWith(`${path.join('.')}.`));
    if (flag === undefined) throw new UserError(`${file}: ${error.message}`);
    throw new UserError(flag.flag === '--set' ? `--set ${error.message}` : `${flag.flag}: ${error.what}`, 2);
  }
}

/** The registry, and in it the user's own pool if `pool.kind` is a path. */
async function withOwnPool(raw: unknown, registry: Registry): Promise<Registry> {
  const kind = (raw as { pool?: { kind?: unknown } } | undefined)?.pool?.kind;
  if (typeof kind !== 'string' || !isModelPath(kind) || Object.hasOwn(registry.pools, kind)) return registry;
  return { ...registry, pools: { ...registry.pools, [kind]: await importPool(kind) } };
}

const METHODS = ['parameters', 'init', 'reserves', 'value', 'arbitrage', 'orderCost', 'scale'] as const;

async function importPool(path: string): Promise<PoolModel> {
  const at = ['pool', 'kind'];
  let module: { readonly default?: Partial<PoolModel> };
  try {
    module = await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND' && !existsSync(path);
    const line = missing ? 'there is no such file' : String((error as Error).message ?? error).split('\n')[0];
    throw new ConfigError(at, `expected a module that loads, got '${path}': ${line}; see docs/add-a-pool.md`);
  }
  const model = module.default;
  const missing = METHODS.find((method) => typeof model?.[method] !== 'function');
  if (model === undefined || typeof model.name !== 'string' || missing !== undefined) {
    const lacks =
      model === undefined ? 'no default export' : `one without ${typeof model.name !== 'string' ? 'name' : missing}`;
    throw new ConfigError(
      at,
      `expected a pool model as default export of '${path}', got ${lacks}; see docs/add-a-pool.md`,
    );
  }
  return { doc: model.name, weights: 'none', settings: {}, ...model } as PoolModel;
}
