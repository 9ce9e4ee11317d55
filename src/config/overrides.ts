/** Floor 4. `--set a.b=c`: single entries of a config replaced from the command line. */
import { UserError } from '../errors.js';
import { parseYaml } from './document.js';

/** One `--set`: where, and what comes there. */
export interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Keys under which a bare value moves when `--set` adds to it: fee: 0.003 becomes fee: {value: 0.003, train: true}. */
const SPEC_KEYS = ['train', 'bounds'];

/** Reads `a.b=c`; c is YAML. Throws a UserError with exit code 2. */
export function parseOverride(text: string): Override {
  const cut = text.indexOf('=');
  const path = text
    .slice(0, Math.max(0, cut))
    .split('.')
    .map((key) => key.trim());
  if (cut < 0 || path.some((key) => key === '' || key === '__proto__')) {
    throw new UserError(
      `--set: expected key=value such as train.iterations=50, got '${text}'; name the key by its sections`,
      2,
    );
  }
  try {
    return { path, value: parseYaml(text.slice(cut + 1)) };
  } catch {
    throw new UserError(
      `--set ${path.join('.')}: expected a value in YAML, got '${text.slice(cut + 1)}'; put it in quotes`,
      2,
    );
  }
}

/** The config with the entry replaced; sections on the way are made where they are missing. */
export function applyOverride(config: unknown, { path, value }: Override): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(config) && /^\d+$/.test(key) && Number(key) < config.length) {
    return config.map((entry, i) => (i === Number(key) ? applyOverride(entry, { path: rest, value }) : entry));
  }
  const section = asSection(config, key);
  return {
    ...section,
    [key]: applyOverride(Object.hasOwn(section, key) ? section[key] : undefined, { path: rest, value }),
  };
}

function asSection(config: unknown, key: string): Record<string, unknown> {
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config as Record<string, unknown>;
  return SPEC_KEYS.includes(key) && config !== undefined && config !== null ? { value: config } : {};
}
