/** Configs that are known to be of pools, as that. */

import { registry } from '../../kernels/index.js';
import { loadConfig, type Overrides, type PoolConfig, type ResolvedConfig } from '../../src/config/index.js';

export function poolOf(config: ResolvedConfig): PoolConfig {
  if (config.kind !== 'pool') throw new Error(`a pool was expected, got ${config.title}`);
  return config;
}

/** A config of a pool on recorded prices, with its data. */
export async function loadPool(path: string, overrides: Overrides = {}) {
  const { config, recorded, code } = await loadConfig(path, registry, overrides);
  if (recorded === null) throw new Error('a dataset was expected');
  return { config: poolOf(config), ...recorded, code };
}
