/**
 * Floor 5. A sentence of a paper, and the experiment that shows whether and where it holds. A claim is an object of this kind;
 * the study is a list of them (claims/index.ts), and a claim of one's own is one more entry.
 */
import type { Lab } from './lab.js';

export const VERDICTS = ['holds', 'holds where', 'does not hold'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** A number that an experiment found. */
export interface Figure {
  readonly name: string;
  /** Null where it was not reached. */
  readonly value: number | null;
  /** Standard error of the value, in its unit; left out where it is exact but for rounding. */
  readonly error?: number;
  /** Of a fraction, how it is shown: `%` or `bps`; else the unit of the value. */
  readonly unit: string;
  /** What the paper has for it, in its unit. */
  readonly printed?: number;
}

/** One place in which the sentence can be looked at, and whether it holds there. */
export interface Case {
  readonly at: string;
  readonly holds: boolean;
}

export interface Line {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number | null }[];
  /** A line to compare with. */
  readonly dashed?: boolean;
}

/** What is drawn: lines over a number, or a number over two others. */
export type Chart =
  | {
      readonly kind: 'lines';
      readonly caption: string;
      /** Of the horizontal axis. */
      readonly label: string;
      readonly lines: readonly Line[];
    }
  | {
      readonly kind: 'grid';
      readonly caption: string;
      readonly across: Scale;
      readonly down: Scale;
      /** By row from the top: one a value of `down`, each with one a value of `across`; null where there is no number. */
      readonly values: readonly (readonly (number | null)[])[];
      readonly unit: string;
    };

export interface Scale {
  readonly label: string;
  readonly values: readonly number[];
}

/** What an experiment brought. */
export interface Result {
  /** At least one. All hold: the sentence holds; none: it does not; some: it holds where they do. */
  readonly cases: readonly Case[];
  /** Where it holds, in words; the names of the cases in which it does where left out. */
  readonly where?: string;
  /** The finding in a sentence or two. */
  readonly says: string;
  readonly figures: readonly Figure[];
  readonly charts: readonly Chart[];
}

export interface Claim {
  /** Lower-case letters, digits and hyphens. */
  readonly id: string;
  /** As it is printed, or what is printed read as a claim. */
  readonly sentence: string;
  /** Where it is printed. */
  readonly source: string;
  /** What is done to test it, and by which rule it counts as true. */
  readonly experiment: string;
  run(lab: Lab): Result | Promise<Result>;
}

/** A claim with what became of it. */
export interface Finding extends Omit<Claim, 'run'>, Result {
  readonly verdict: Verdict;
  /** Where it holds; null unless it holds in some cases only. */
  readonly holdsWhere: string | null;
}

export function verdictOf(cases: readonly Case[]): Verdict {
  const holding = cases.filter((c) => c.holds).length;
  if (holding === cases.length) return 'holds';
  return holding === 0 ? 'does not hold' : 'holds where';
}

export async function examine({ run, ...claim }: Claim, lab: Lab): Promise<Finding> {
  const result = await run(lab);
  const verdict = verdictOf(result.cases);
  const named = result.cases.filter((c) => c.holds).map((c) => c.at);
  const holdsWhere = verdict === 'holds where' ? (result.where ?? named.join('; ')) : null;
  return { ...claim, ...result, verdict, holdsWhere };
}

/** The verdict as a sentence has it. */
export const verdictText = ({ verdict, holdsWhere }: Pick<Finding, 'verdict' | 'holdsWhere'>): string =>
  verdict === 'holds where' ? `holds where ${holdsWhere}` : verdict;
