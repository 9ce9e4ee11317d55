/** The fields of a section as forms have them: what they say is what the schema takes. */
import { describe, expect, it } from 'vitest';
import { trainFields } from '../../src/config/section-fields.js';
import { trainSection } from '../../src/config/sections.js';

const fields = Object.fromEntries(trainFields().map((field) => [field.key, field]));

describe('the fields of train', () => {
  it('are all there, with the defaults that a config without them has', () => {
    expect(Object.fromEntries(trainFields().map((field) => [field.key, field.default]))).toEqual(
      trainSection.parse({}),
    );
    for (const { doc } of trainFields()) expect(doc).not.toBe('');
  });

  it('say what they may be', () => {
    expect(fields.sets.range).toEqual({ min: 1, whole: true });
    expect(fields.windowDays.range).toEqual({ above: 0 });
    expect(fields.momentum.range).toEqual({ min: 0, below: 1 });
    expect(fields.seed.range).toEqual({ min: 0, max: 2 ** 32 - 1, whole: true });
    expect(fields.schedule.choices).toEqual(['constant', 'linear', 'cosine', 'exponential']);
    expect(fields.sets.choices).toBe(null);
  });

  it('take what lies within their range, and refuse what does not', () => {
    for (const { key, choices, range } of trainFields()) {
      const takes = (value: unknown) => trainSection.safeParse({ [key]: value }).success;
      for (const name of choices ?? []) expect(takes(name)).toBe(true);
      if (choices !== null) continue;
      const low = range.min ?? range.above!;
      expect(takes(low)).toBe(range.min !== undefined);
      expect(takes(low - 1)).toBe(false);
      if (range.whole) expect(takes(low + 0.5)).toBe(false);
      if (range.max !== undefined) expect([takes(range.max), takes(range.max + 1)]).toEqual([true, false]);
      if (range.below !== undefined) expect(takes(range.below)).toBe(false);
    }
  });
});
