/** Floor 4. From a config file to a resolved config and its data: YAML, overrides, models of one's own, the dataset. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, relative, resolve } from 'node:path';
import type { Dataset } from '../data/dataset.js';
import { loadDataset } from '../data/dataset-file.js';
import { UserError } from '../errors.js';
import { parseYamlFile } from './document.js';
import { ConfigError, check, show } from './explain.js';
import { entryAt } from './model-places.js';
import { applyOverride, type Override, parseOverride } from './overrides.js';
import { anchorModels, type CodeOptions, withOwnModels } from './own-models.js';
import type { Registry } from './registry.js';
import { checkSections, expandShorthands, isDrawn, type RawConfig, resolveDrawn } from './resolve.js';
import { type OpenedConfig, resolveOn } from './resolve-on.js';
import { dataSection } from './sections.js';

/** What the command line changes of a config. */
export interface Overrides {
  /** `a.b=c` each. */
  readonly set?: readonly string[];
  readonly seed?: number;
  readonly device?: string;
  readonly precision?: string;
  readonly memory?: string;
  /** Path of a dataset. */
  readonly data?: string;
}

export interface OpenOptions extends CodeOptions {
  /** What `data.file` holds, where it has been read already. */
  readonly dataset?: Dataset;
}

/**
 * Reads a config file, applies the overrides, loads the dataset and resolves everything. Paths in the file are seen from
 * its folder, those of overrides from the working directory. Models that the file names by their paths are imported, which
 * runs them: whoever calls this answers for the config.
 *
 * Throws a UserError in one line that starts with the file or the flag that is wrong (exit code 2 for flags).
 */
export async function loadConfig(path: string, registry: Registry, overrides: Overrides = {}): Promise<OpenedConfig> {
  const flags = overrideList(overrides);
  let raw = anchorPaths(expandShorthands(await readConfigFile(path)), dirname(path));
  for (const flag of flags) raw = expandShorthands(applyOverride(raw, flag));
  return blame(basename(path), flags, () => openConfig(raw, registry, { allowCode: true }));
}

/**
 * Loads the dataset of a config (as `plain` of a resolved one, from a checkpoint) and resolves it. A config that names
 * files of code is refused unless `options.allowCode` says that the caller answers for them: importing them runs them. Throws a
 * ConfigError or a UserError of the dataset.
 */
export async function openConfig(raw: unknown, registry: Registry, options: OpenOptions = {}): Promise<OpenedConfig> {
  const named = await withModelFile(expandShorthands(raw));
  checkSections(named, registry);
  const { registry: models, code } = await withOwnModels(named, registry, options);
  if (isDrawn(named)) return { config: resolveDrawn(named, models), recorded: null, code };
  const data = check(dataSection, (named as RawConfig).data ?? {}, ['data']);
  return { ...resolveOn(options.dataset ?? (await loadDataset(data.file)), named, models), code };
}

/** The config with the process that it names by a YAML file in the place of that; what stands beside the file is put over it. */
async function withModelFile(raw: unknown): Promise<unknown> {
  const { data } = raw as { readonly data?: { readonly model?: { readonly file?: unknown } } };
  const { file, ...over } = (isDrawn(raw) && data?.model) || {};
  if (typeof file !== 'string') return raw;
  const content = await readMap(file, ['data', 'model']);
  const own = { data: { model: content } };
  // paths in the file are seen from its folder, those of what is put over it are anchored already
  const { model } = (anchorModels(own, dirname(file)) as typeof own).data;
  return { ...(raw as object), data: { ...data, model: { ...model, ...over } } };
}

/** The map in a YAML file that a config names. */
async function readMap(file: string, at: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(at, `expected a YAML file, got '${file}' (${error.code ?? error.message}); check the path`);
  });
  const content = parseYamlFile(text, file);
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) {
    return content as Readonly<Record<string, unknown>>;
  }
  throw new ConfigError(at, `expected a map with a kind in '${file}', got ${show(content)}; write kind: gbm`);
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
  if ((content as { format?: unknown }).format === 'poolgrad-checkpoint') {
    throw new UserError(
      `config: expected a config, got the checkpoint '${path}'; go on with it by \`poolgrad train --resume ${path}\`, or start another training from it by --init-from`,
    );
  }
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
  data,
}: Overrides): (Override & { readonly flag: string })[] {
  const cwd = process.cwd();
  const named = [
    ['--seed', 'train.seed', seed],
    ['--device', 'run.device', device],
    ['--precision', 'run.precision', precision],
    ['--memory', 'run.memory', memory],
    ['--data', 'data.file', data],
  ] as const;
  return [
    ...set.map(parseOverride).map((o) => ({ ...o, flag: '--set' })),
    ...named
      .filter(([, , value]) => value !== undefined)
      .map(([flag, key, value]) => ({ flag, path: key.split('.'), value })),
  ].map((o) => ({ ...o, value: anchoredAt(o.path, o.value, cwd) }));
}

/** The value of an override, paths in it seen from `folder`. */
function anchoredAt(path: readonly string[], value: unknown, folder: string): unknown {
  if (typeof value !== 'string' && (typeof value !== 'object' || value === null)) return value;
  const alone = expandShorthands(applyOverride({}, { path, value }));
  return path.reduce<unknown>(
    (part, key) => (part as Record<string, unknown> | undefined)?.[key],
    anchorPaths(alone, folder),
  );
}

/** Where a config names files that are no code. */
const FILES = [
  ['data', 'file'],
  ['data', 'model', 'file'],
] as const;

/** Paths of a config are kept as seen from the working directory, so that they mean the same wherever they are read. */
function anchorPaths(raw: unknown, folder: string): unknown {
  return FILES.reduce(
    (anchored: unknown, at) => {
      const file = entryAt(raw, at);
      if (typeof file !== 'string') return anchored;
      return applyOverride(anchored, { path: at, value: relative(process.cwd(), resolve(folder, file)) });
    },
    anchorModels(raw, folder),
  );
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
