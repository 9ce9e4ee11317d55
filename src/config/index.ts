/** Floor 4. Public names of the config: load or resolve one, its JSON Schema, the devices it may name. */

export { type ChosenTarget, fastestOnCpu, openForFigures, openTarget } from './device.js';
export { DEVICE_PATTERN, DEVICES, deviceMessage } from './device-words.js';
export { DEEPEST, isDeeperThan, parseYaml, parseYamlFile } from './document.js';
export { ConfigError, show } from './explain.js';
export { configJsonSchema } from './json-schema.js';
export { loadConfig, type Overrides, openConfig } from './load.js';
export type { ResolvedModel, ResolvedPart } from './models.js';
export { type CodeFile, type CodeOptions, changedCode } from './own-models.js';
export { type ResolvedParameter, rawOfParameter } from './parameters.js';
export type { Registry } from './registry.js';
export {
  type CommonConfig,
  type DrawnConfig,
  type PoolConfig,
  type RawConfig,
  type RecordedConfig,
  type ResolveContext,
  type ResolvedConfig,
  resolveConfig,
  type SystemConfig,
  type TrainSettings,
} from './resolve.js';
export { type OpenedConfig, type Recorded, resolveOn } from './resolve-on.js';
