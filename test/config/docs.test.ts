import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { runSection, splitSection, trainSection } from '../../src/config/sections.js';
import type { Settings } from '../../src/rollout/model.js';

const page = readFileSync(new URL('../../docs/config.md', import.meta.url), 'utf8');
/** Rows of all tables: key, without what stands in brackets behind it, and default. */
const rows = [...page.matchAll(/^\| `(\w+)`[^|]*\| ([^|]*?) +\|/gm)].map(([, key, fallback]) => `${key} = ${fallback}`);

/** Parameters at the settings under which there are most. */
function declared(model: { settings?: Settings; parameters: unknown }): [string, string][] {
  const settings = Object.entries(model.settings ?? {});
  const widest = Object.fromEntries(settings.map(([key, s]) => [key, s.choices?.on ?? s.default]));
  const parameters = typeof model.parameters === 'function' ? model.parameters(widest) : model.parameters;
  return [
    ...settings.map(([key, { default: d, choices = {} }]): [string, string] => [
      key,
      Object.keys(choices).find((name) => choices[name] === d) ?? String(d),
    ]),
    ...Object.entries<{ default: number; transform: { name: string } }>(parameters).map(
      ([key, p]): [string, string] => [
        key,
        p.transform.name === 'softmax' ? 'equal' : Number.isNaN(p.default) ? 'none' : String(p.default),
      ],
    ),
  ];
}

describe('docs/config.md', () => {
  const models = [registry.pools, registry.rules, registry.flows].flatMap((group) => Object.values(group));
  it.each(
    models.map((model) => [model.name, declared(model)] as const),
  )('has the keys and defaults of %s', (_, keys) => {
    for (const [key, fallback] of keys) expect(rows).toContain(`${key} = ${fallback}`);
  });

  it.each([
    ['split', splitSection],
    ['train', trainSection],
    ['run', runSection],
  ] as const)('has the keys and defaults of %s', (_, section) => {
    const defaults = Object.entries(section.parse(undefined) as Record<string, unknown>);
    for (const [key, fallback] of defaults) expect(rows).toContain(`${key} = ${fallback}`);
  });
});
