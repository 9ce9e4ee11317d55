/** Floor 4. A config as YAML, as people write it. */
import { stringify } from 'yaml';
import type { RawConfig } from './resolve.js';

/** Short lists stay in one line. */
export const configYaml = (config: RawConfig): string =>
  stringify(config, { flowCollectionPadding: false, lineWidth: 0 });
