/** Floor 5. What an exporter is: one target format, written from a tuned pool and read back into one. */

import type { PoolSpec } from '../pools/spec.js';
import type { ParameterLayout } from '../rollout/layout.js';
import type { TunedPool } from './pool.js';
import type { TunedInput, TunedOrigin } from './tuned-input.js';

export interface ExportOptions {
  /** the user's addresses, salts, names: parsed YAML or JSON, see template.ts; {} where there is none */
  readonly template: Readonly<Record<string, unknown>>;
  /** refuse to write a file with placeholders in it */
  readonly strict: boolean;
}

export interface ExportResult<Pool = TunedPool> {
  /** the file's content; equal input gives equal text */
  readonly text: string;
  /** the name that the target looks for, where it looks for one of its own */
  readonly fileName?: string;
  /** names of what the user must still fill in */
  readonly placeholders: string[];
  /** where the target will behave otherwise than the simulation did */
  readonly warnings: string[];
  /** what the user should know: rounding, conventions, defaults taken */
  readonly notes: string[];
  /** the pool parsed back from `text`: simulate it again to see what quantisation costs */
  readonly quantised: Pool;
}

/** In what form an exporter takes a trained set, and the way back to a roll-out. */
export interface Form<Pool> {
  /** @throws UserError where the form has no place for what was trained */
  of(input: TunedInput): Pool;
  /** `spec` as it is of the pool. */
  spec(pool: Pool, spec: PoolSpec): PoolSpec;
  /** The raw column vector of the pool, `layout` being that of its spec. */
  raw(pool: Pool, spec: PoolSpec, layout: ParameterLayout, origin: TunedOrigin): Float64Array;
}

export interface Exporter<Pool = TunedPool> {
  /** the name after `--to` */
  readonly name: string;
  /** one sentence for the help page */
  readonly doc: string;
  /** Kinds of pool that it takes; null: every one. Of these it may still refuse what was trained. */
  readonly kinds: readonly string[] | null;
  /** `tunedForm` for what a chain takes. */
  readonly form: Form<Pool>;
  /** of the file, with its leading dot */
  readonly extension: string;
  /** @throws UserError where the target cannot take the pool, or the template is wrong */
  export(pool: Pool, options: ExportOptions): ExportResult<Pool>;
  /** @throws UserError where the text is not a file of this format */
  parse(text: string): Pool;
}
