/** Floor 4. A config and its data in memory: no file is read, no code is run. */
import type { Dataset } from '../data/dataset.js';
import { UserError } from '../errors.js';
import { parseYamlFile } from './document.js';
import { ConfigError, show } from './explain.js';
import { entryAt, namedPaths } from './model-places.js';
import type { Registry } from './registry.js';
import { checkSections, expandShorthands, isDrawn, type RawConfig, resolveDrawn } from './resolve.js';
import { type OpenedConfig, resolveOn } from './resolve-on.js';

/** Where the config is silent, the data are of a file of this name: so it reads when it is saved. */
const DATA_FILE = 'prices.arrow';

/**
 * The map in a config's YAML text; a map is one already. Throws a UserError that starts with the name and the line of what
 * is no YAML, or no map.
 */
export function configOf(given: unknown, name = 'config'): RawConfig {
  const content = typeof given === 'string' ? (parseYamlFile(given, name) ?? {}) : given;
  if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content as RawConfig;
  throw new UserError(`${name}: expected a map with data and pool, got ${show(content)}; write pool: {kind: tfmm}`);
}

/**
 * A config, as a map or as YAML, resolved with the models of `registry` on a dataset; without one where its data are drawn.
 * Throws a ConfigError, whose `path` says where, or another UserError.
 */
export function openInMemory(given: unknown, registry: Registry, dataset: Dataset | null): OpenedConfig {
  const raw = withDataFile(expandShorthands(configOf(given)));
  checkSections(raw, registry);
  const [code] = namedPaths(raw, registry);
  if (code !== undefined) {
    throw new ConfigError(
      code.at,
      `expected a model of the registry, got the file ${show(code.path)}, of which nothing is run here; put the model itself into the registry that the config is opened with`,
    );
  }
  if (isDrawn(raw)) {
    const file = entryAt(raw, ['data', 'model', 'file']);
    if (file === undefined) return { config: resolveDrawn(raw, registry), recorded: null, code: [] };
    throw new ConfigError(
      ['data', 'model'],
      `expected a map with a kind, got the file ${show(file)}, which cannot be read here; write what it holds`,
    );
  }
  if (dataset === null) {
    throw new ConfigError(['data'], 'expected prices with it, got none; give a dataset, or draw them by data.model');
  }
  return { ...resolveOn(dataset, raw, registry), code: [] };
}

function withDataFile(raw: unknown): unknown {
  const { data, ...rest } = raw as RawConfig;
  if (isDrawn(raw) || (data !== undefined && typeof data !== 'object')) return raw;
  return { ...rest, data: { file: DATA_FILE, ...data } };
}
