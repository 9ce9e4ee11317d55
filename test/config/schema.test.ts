import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { configJsonSchema } from '../../src/config/index.js';
import type { Settings } from '../../src/rollout/model.js';

const text = `${JSON.stringify(configJsonSchema(registry), null, 2)}\n`;

describe('the JSON Schema of a config', () => {
  // `npx vitest run test/config/schema.test.ts -u` writes it anew
  it('is the one in configs/', async () => {
    await expect(text).toMatchFileSnapshot('../../configs/poolgrad.schema.json');
  });

  it('knows every parameter and setting of every model, with unit and doc', () => {
    const schema = JSON.parse(text);
    const sections = {
      pool: registry.pools,
      rule: registry.rules,
      flow: registry.flows,
      system: registry.systems,
    };
    for (const [section, models] of Object.entries(sections)) {
      const forms = schema.properties[section].anyOf as { properties?: Record<string, { description?: string }> }[];
      for (const [kind, model] of Object.entries(models)) {
        const form = forms.find((f) => (f.properties?.kind as { const?: string } | undefined)?.const === kind);
        const settings: Settings = 'settings' in model ? (model.settings as Settings) : {};
        const defaults = Object.fromEntries(Object.entries(settings).map(([key, s]) => [key, s.default]));
        const parameters = typeof model.parameters === 'function' ? model.parameters(defaults) : model.parameters;
        for (const [key, { doc }] of Object.entries<{ doc: string }>({ ...settings, ...parameters })) {
          expect(form?.properties?.[key]?.description, `${section} ${kind} ${key}`).toContain(doc);
        }
      }
    }
  });

  it('demands what has no default', () => {
    const schema = configJsonSchema(registry) as {
      required: string[];
      oneOf: object[];
      properties: { flow: { anyOf: { required?: string[] }[] } };
    };
    expect(schema.required).toEqual(['data']);
    expect(schema.oneOf).toEqual([{ required: ['pool'] }, { required: ['system'] }]);
    expect(schema.properties.flow.anyOf[1].required).toEqual(['kind', 'v0']);
  });
});
