/** Floor 4. The fields of a section that is the same in every config, for forms: the schema's own sentences, defaults and ranges. */
import { z } from 'zod';
import type { NumberRange } from './fields.js';
import { trainSection } from './sections.js';

/** A number within a range, or one of some names. */
export interface SectionField {
  readonly key: string;
  readonly doc: string;
  readonly default: number | string;
  /** null of a number. */
  readonly choices: readonly string[] | null;
  readonly range: NumberRange;
}

type Schema = z.core.JSONSchema.BaseSchema;

/** How to train on recorded prices, in the order of the schema. */
export function trainFields(): SectionField[] {
  const { properties = {} } = z.toJSONSchema(trainSection, { io: 'input' });
  return Object.entries(properties).flatMap(([key, schema]) =>
    typeof schema === 'object' ? [fieldOf(key, schema)] : [],
  );
}

function fieldOf(key: string, schema: Schema): SectionField {
  // a time is a number or a text: forms take the number
  const own = schema.anyOf?.find((form) => typeof form === 'object' && form.type !== 'string') ?? schema;
  const { enum: names = null } = own as Schema;
  return {
    key,
    doc: schema.description ?? '',
    default: schema.default as number | string,
    choices: names === null ? null : names.map(String),
    range: rangeOf(own as Schema),
  };
}

function rangeOf({ type, minimum, exclusiveMinimum, maximum, exclusiveMaximum }: Schema): NumberRange {
  return {
    ...(minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? {} : { min: minimum }),
    ...(exclusiveMinimum === undefined ? {} : { above: Number(exclusiveMinimum) }),
    // bounds of JavaScript's integers say nothing about a field
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? {} : { max: maximum }),
    ...(exclusiveMaximum === undefined ? {} : { below: Number(exclusiveMaximum) }),
    ...(type === 'integer' ? { whole: true } : {}),
  };
}
