/** Floor 4. Where a config names models, and where it names files of them. */
import type { ModelKind } from './model-shape.js';
import { isModelPath, type Registry } from './registry.js';

/** Where a config names models. */
export const PLACES: readonly { readonly at: readonly string[]; readonly kind: ModelKind }[] = [
  { at: ['pool', 'kind'], kind: 'pools' },
  { at: ['system', 'kind'], kind: 'systems' },
  { at: ['data', 'model', 'kind'], kind: 'sources' },
  { at: ['feeLaw', 'kind'], kind: 'feeLaws' },
  { at: ['rule', 'kind'], kind: 'rules' },
  { at: ['flow', 'kind'], kind: 'flows' },
  { at: ['objective', 'kind'], kind: 'objectives' },
  { at: ['objective', 'penalty', 'kind'], kind: 'objectives' },
];

/** The entry at a place of a config; undefined where there is none. */
export const entryAt = (config: unknown, at: readonly string[]): unknown =>
  at.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : undefined,
    config,
  );

/** The files of models that the config (short forms spelt out) names, and where; those that the registry has are none. */
export const namedPaths = (config: unknown, registry: Registry) =>
  PLACES.flatMap(({ at, kind }) => {
    const path = entryAt(config, at);
    const isNamed = typeof path === 'string' && isModelPath(path) && !Object.hasOwn(registry[kind], path);
    return isNamed ? [{ at, kind, path }] : [];
  });
