/**
 * Floor 4. A price generator as YAML names it: `{kind: hamiltonian, potential: height*(q^2 - 1)^2, height: 3, regimes: 2 …}`,
 * in a file of its own or as a section of a config.
 */
import { z } from 'zod';
import { registry } from '../../kernels/index.js';
import {
  type Generator,
  hamiltonianWith,
  type Potential,
  partialOf,
  perRegime,
  potentialOf,
  withRegimes,
} from '../../kernels/prices/index.js';
import { anharmonic, quadratic } from '../../kernels/prices/potentials.js';
import { UserError } from '../errors.js';
import type { Clock } from '../rollout/clock.js';
import type { ParameterLayout } from '../rollout/layout.js';
import { ConfigError, check, message, oneOf, type Path, show, unknownKey } from './explain.js';
import { optionalNumber } from './fields.js';
import { type ResolvedModel, resolveModel } from './models.js';
import { rawOfParameter } from './parameters.js';

export type ResolvedGenerator = ResolvedModel<Generator>;

export type Document = Readonly<Record<string, unknown>>;

/** Fewest and most regimes: the moves are K² numbers. */
const REGIMES = { least: 2, most: 16 };

/** Keys of a generator's section that are not its own. */
export const generatorFields = {
  regimes: optionalNumber('hidden regimes', { min: REGIMES.least, max: REGIMES.most, whole: true }),
  varying: z
    .array(z.string(), { error: message('expected a list of parameters', 'those that differ between regimes') })
    .optional(),
};

/** Where a generator's section stands, and what it may name. */
interface Place {
  /** Left out: `model`. */
  readonly at?: Path;
  /** Left out: those of the registry. */
  readonly sources?: Sources;
  /** Whether no parameter trains unless it is asked to. */
  readonly frozen?: boolean;
}

type Sources = Readonly<Record<string, Generator>>;

/** The generator that a section says. Throws a ConfigError. */
export function resolveGenerator(
  document: Document,
  assets: readonly string[],
  { at = ['model'], sources: known = registry.sources, frozen = false }: Place = {},
): ResolvedGenerator {
  const { regimes, varying } = check(z.looseObject(generatorFields), document, at);
  const section = withPartials(document, at);
  if (regimes === undefined && varying !== undefined) {
    throw new ConfigError([...at, 'varying'], `expected regimes with it, got none; add regimes: ${REGIMES.least}`);
  }
  const own = known[document.kind as string];
  if (regimes !== undefined && own !== undefined && typeof own.draws !== 'function') {
    throw new ConfigError(
      [...at, 'regimes'],
      `expected a process that says by draws(n) how many draws a step takes, got ${show(document.kind)} without; add draws there, or leave regimes out`,
    );
  }
  const { sources, rest, fields } = withOwnPotential(section, regimes, [...at, 'potential'], known);
  const models =
    regimes === undefined
      ? sources
      : Object.fromEntries(
          Object.entries(sources).map(([name, g]) => [name, withRegimes(g, regimes, varying)] as const),
        );
  const context = { assets, flow: true, series: [], frozen };
  const resolved = resolveModel(at, rest, models, { ...generatorFields, ...fields }, context, {});
  const declared = Object.keys(sources[resolved.kind].parameters(resolved.settings));
  const tabled = declared.some((name) => !Object.hasOwn(resolved.declared, name));
  if (regimes !== undefined && varying === undefined && !tabled) {
    throw new ConfigError(
      [...at, 'regimes'],
      `expected varying with it, since ${resolved.kind} has no parameter of one number, got ${regimes} alone; add varying: [sigma]`,
    );
  }
  const stranger = varying?.find((name) => !declared.includes(name));
  if (stranger !== undefined) throw unknownKey([...at, 'varying'], stranger, declared);
  return 'potential' in fields
    ? { ...resolved, plain: { ...resolved.plain, potential: document.potential } }
    : resolved;
}

/** A matrix of correlations stands for the partial ones that a generator has. Throws a ConfigError where it is none. */
function withPartials(document: Document, at: Path): Document {
  const entries = Object.entries(document).map(([key, value]) => {
    const matrix = z.array(z.array(z.number())).min(1).safeParse(value);
    if (!/^correlation(_\d+)?$/.test(key) || !matrix.success) return [key, value];
    try {
      return [key, partialOf(matrix.data)];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new ConfigError([...at, key], error.message.replace(/^correlation: /, ''));
    }
  });
  return Object.fromEntries(entries);
}

const NAMED: readonly Potential[] = [quadratic, anharmonic];
/** An expression has more than a name. */
const isExpression = (text: unknown): text is string => typeof text === 'string' && !/^[\w-]*$/.test(text.trim());

/** The registry's sources, with `hamiltonian` over the document's own potential where it has one, and what is left to check. */
function withOwnPotential(
  document: Document,
  regimes: number | undefined,
  at: Path,
  known: Sources,
): {
  readonly sources: Sources;
  readonly rest: Document;
  readonly fields: z.ZodRawShape;
} {
  const { potential, ...rest } = document;
  const own = Array.isArray(potential) || isExpression(potential);
  if (document.kind !== 'hamiltonian' || !own) return { sources: known, rest: document, fields: {} };
  const found = Array.isArray(potential) ? potentialsOf(at, potential, regimes) : expressionOf(at, potential as string);
  return {
    sources: { ...known, hamiltonian: hamiltonianWith(found) },
    rest,
    fields: { potential: z.unknown().optional() },
  };
}

/** One potential a regime. */
function potentialsOf(at: Path, list: readonly unknown[], regimes: number | undefined): Potential {
  if (list.length !== regimes) {
    const wanted = regimes === undefined ? 'regimes with a list of potentials' : `${regimes} potentials, one a regime`;
    throw new ConfigError(
      at,
      `expected ${wanted}, got ${list.length} of them; add regimes: ${Math.max(2, list.length)}`,
    );
  }
  return perRegime(
    list.map((entry, k) => {
      const named = NAMED.find((p) => p.name === entry);
      if (named !== undefined) return named;
      if (isExpression(entry)) return expressionOf([...at, k], entry);
      const names = NAMED.map((p) => p.name);
      throw new ConfigError(
        [...at, k],
        `expected ${oneOf([...names, 'an expression in q'])}, got ${show(entry)}; for example height*(q^2 - 1)^2`,
      );
    }),
  );
}

function expressionOf(at: Path, text: string): Potential {
  try {
    return potentialOf(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new ConfigError(at, error.message.replace(/^potential: /, ''));
  }
}

/** Notes on the generator at steps of a clock. Throws a UserError where it cannot be stepped. */
export function checkGenerator({ model, parameters, settings }: ResolvedGenerator, clock: Clock): readonly string[] {
  const values = Object.fromEntries(Object.entries(parameters).map(([key, p]) => [key, p.value]));
  return model.check?.(values, clock, settings) ?? [];
}

/** The raw numbers of a generator's parameters within a layout that has them. */
export function generatorRaws({ model, declared, parameters }: ResolvedGenerator, layout: ParameterLayout) {
  const raw = layout.raws({});
  for (const [key, p] of Object.entries(parameters)) {
    raw.set(rawOfParameter(declared[key], p), layout.entry(`${model.name}.${key}`).column);
  }
  return raw;
}
