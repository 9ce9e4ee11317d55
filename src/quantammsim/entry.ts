/** Floor 5. Which entry and set of a result file is taken, and its raw parameters by our layout. */
import { UserError } from '../errors.js';
import { shorten } from '../export/document.js';
import type { ParameterLayout } from '../rollout/layout.js';
import type { Fingerprint } from './fingerprint.js';
import { IDLE, keyOf, type RawParameters, rawOf, unknownParameter, WEIGHTS } from './raws.js';
import type { Fields, RunFile } from './run-file.js';

/** What an entry holds beside parameters. */
const METADATA = [
  'step',
  'objective',
  'train_objective',
  'test_objective',
  'validation_metrics',
  'continuous_test_metrics',
  'hessian_trace',
  'local_learning_rate',
  'iterations_since_improvement',
  'optuna_trial_number',
  'validation_sharpe',
  'validation_return',
  'validation_returns_over_hodl',
  'train_sharpe',
  'train_return',
  'train_returns_over_hodl',
  'subsidary_params',
];

/** Figures that entries may be compared by, the most honest first: the test's own say nothing of rows not seen. */
const FIGURES = ['validation_metrics', 'train_objective', 'objective', 'continuous_test_metrics', 'test_objective'];

/** Parameters of which the first that an entry has is the one that counts. */
const FORMS = [
  ['sp_k', 'log_k', 'k'],
  ['sp_exponents', 'raw_exponents'],
  ['sp_pre_exp_scaling', 'logit_pre_exp_scaling', 'raw_pre_exp_scaling'],
  ['sp_amplitude', 'log_amplitude'],
  ['sp_width', 'raw_width'],
];

/** Momentum knows one form of k only. */
const formsOf = (rule: string) => (rule.endsWith('momentum') ? [['log_k', 'sp_k', 'k'], ...FORMS.slice(1)] : FORMS);

export interface ChosenEntry {
  /** Place in the file's list, from 1: the fingerprint has place 0. */
  readonly entry: number;
  /** From 0. */
  readonly set: number;
  readonly sets: number;
  /** Step of the simulator's training; the entry's place less 1 where it does not say. */
  readonly step: number;
  /** One of FIGURES and its value; null where the file has none, or the user said which entry. */
  readonly by: { readonly figure: string; readonly value: number } | null;
  readonly fields: Fields;
  /** A sentence that says how it was chosen. */
  readonly why: string;
}

/** The best entry and set, or the best set of the entry asked for. Throws a UserError where there is none such. */
export function chooseEntry(run: RunFile, { objective }: Fingerprint, asked?: number): ChosenEntry {
  const { entries, path } = run;
  if (asked !== undefined && asked > entries.length) {
    throw new UserError(
      `--entry: a number from 1 to ${entries.length} was expected, got ${asked}; ${path} has no more`,
      2,
    );
  }
  const places = asked === undefined ? entries.map((_, i) => i + 1) : [asked];
  const figure = FIGURES.find((name) => places.some((p) => figuresOf(entries[p - 1][name], objective).some(isNumber)));
  let best = { entry: asked ?? entries.length, set: 0, value: Number.NEGATIVE_INFINITY };
  for (const entry of figure === undefined ? [] : places) {
    figuresOf(entries[entry - 1][figure as string], objective).forEach((value, set) => {
      if (value !== null && value > best.value) best = { entry, set, value };
    });
  }
  const fields = entries[best.entry - 1];
  const sets = setsOf(fields, path, best.entry);
  if (best.set >= sets) {
    throw new UserError(
      `run file: '${path}': entry ${best.entry} has ${sets} sets of parameters, its ${figure} more; mend the entry, or name another by --entry`,
    );
  }
  const step = typeof fields.step === 'number' && Number.isInteger(fields.step) ? fields.step : best.entry - 1;
  const which = `Set ${best.set + 1} of ${sets} of entry ${best.entry} (step ${step})`;
  const asTold = asked === undefined ? '' : ' as --entry says; the set';
  const by = figure === undefined ? null : { figure, value: best.value };
  const chosen =
    by === null
      ? `is the ${asked === undefined ? "file's last, whose entries have no figures to choose by" : 'one that --entry says'}`
      : `was chosen${asTold} by ${by.figure} (${objective} ${Number(by.value.toPrecision(6))})`;
  const seen = by !== null && /test/.test(by.figure) ? ': the figures of the test chose it, so they flatter it' : '';
  return { ...best, sets, step, by, fields, why: `${which} ${chosen}${seen}.` };
}

const isNumber = (x: number | null): boolean => x !== null;

/** By set; numbers, or maps of metrics by name. null where there is no finite one. */
function figuresOf(value: unknown, metric: string): (number | null)[] {
  const names = metric === 'returns' ? [metric, 'return'] : [metric];
  const one = (x: unknown): number | null => {
    if (typeof x === 'number') return x;
    if (typeof x !== 'object' || x === null || Array.isArray(x)) return null;
    const found = names.flatMap((name) => [name, `continuous_test_${name}`]).find((name) => Object.hasOwn(x, name));
    return found === undefined ? null : one((x as Fields)[found]);
  };
  return (Array.isArray(value) ? value : [value]).map(one);
}

const parameterNames = (fields: Fields): string[] => Object.keys(fields).filter((name) => !METADATA.includes(name));

/** How many sets side by side an entry holds: nested lists are [sets][assets], flat ones one set. */
function setsOf(fields: Fields, path: string, entry: number): number {
  const nested = parameterNames(fields).filter((name) => Array.isArray((fields[name] as unknown[])?.[0]));
  const counts = [...new Set(nested.map((name) => (fields[name] as unknown[]).length))];
  if (counts.length <= 1) return counts[0] ?? 1;
  const got = nested.map((name) => `${name} ${(fields[name] as unknown[]).length}`).join(', ');
  throw new UserError(
    `run file: '${path}': entry ${entry}: as many sets in all parameters were expected, got ${got}; mend the entry, or name another by --entry`,
  );
}

/** Our raw parameters of the entry, in the order of the pool's assets, and what was left out. */
export function rawOfEntry(
  run: RunFile,
  fingerprint: Fingerprint,
  chosen: ChosenEntry,
  layout: ParameterLayout,
): { readonly raw: Float64Array; readonly notes: readonly string[] } {
  const { rule, order, assets, scaling } = fingerprint;
  const at = (name: string, what: string) =>
    new UserError(`run file: '${run.path}': entry ${chosen.entry}: ${name}: ${what}`);
  const { subsidary_params: others } = chosen.fields;
  if (others !== undefined && JSON.stringify(others) !== '[]') {
    throw at('subsidary_params', `[] was expected, got ${shorten(others)}; poolgrad has no pools of several rules`);
  }
  const notes: string[] = [];
  const given: Record<string, number[]> = {};
  for (const name of parameterNames(chosen.fields)) {
    const values = perAsset(chosen.fields[name], chosen.set, order.length, (what) => at(name, what));
    given[name] = assets.map((asset) => values[order.indexOf(asset)]);
  }
  const leave = (name: string, why: string) => {
    if (given[name] === undefined) return;
    delete given[name];
    notes.push(`${name} is left out: ${why}`);
  };
  if (!scaling) for (const name of FORMS[2]) leave(name, 'use_pre_exp_scaling is false');
  for (const forms of formsOf(rule)) {
    const [first, ...rest] = forms.filter((name) => given[name] !== undefined);
    for (const name of rest) leave(name, `the simulator reads ${first} first`);
  }
  if (given[IDLE]?.some((x) => x !== 0)) leave(IDLE, 'use_alt_lamb is false');
  const unknown = unknownParameter(given, rule, layout);
  if (unknown !== null) {
    const named = layout.entries.filter((e) => e.name.startsWith(`${rule}.`)).map((e) => e.name);
    throw at(
      unknown,
      `a parameter of ${rule} was expected (${named.join(', ')}), got one that it has not; take it out`,
    );
  }
  if (given[WEIGHTS] === undefined) {
    given[WEIGHTS] = assets.map(() => 0);
    notes.push(`${WEIGHTS} is missing: equal weights are taken`);
  }
  const keys = Object.keys(given).map((name) => `${rule}.${keyOf(rule, name)}`);
  // a power without scale has the default of 0.5
  const missing = layout.entries.find(
    (e) => e.name.startsWith(`${rule}.`) && e.name !== `${rule}.scale` && !keys.includes(e.name),
  );
  if (missing !== undefined) {
    throw at(missing.name, `raw parameters of it were expected, got none; name another entry by --entry`);
  }
  return { raw: rawOf(given as RawParameters, rule, layout), notes };
}

/** One number an asset of a set: of [sets][assets], [sets][1], [assets], [1], or one number. */
function perAsset(value: unknown, set: number, n: number, at: (what: string) => UserError): number[] {
  const nested = Array.isArray(value) && Array.isArray(value[0]);
  const row = nested ? (value as unknown[][])[set] : Array.isArray(value) ? value : [value];
  const expected = `${n} finite numbers, one a token, were expected`;
  if (!Array.isArray(row)) throw at(`${expected}, got ${shorten(row)}; mend the entry`);
  if (row.length !== n && row.length !== 1) {
    throw at(`${expected}, got ${row.length}; give the tokens of the run, or name another entry by --entry`);
  }
  const bad = row.find((x) => typeof x !== 'number' || !Number.isFinite(x));
  if (bad !== undefined) {
    const got = bad === null ? 'one that is not finite' : shorten(bad);
    throw at(`${expected}, got ${got}; name another entry by --entry`);
  }
  return row.length === n ? (row as number[]) : new Array(n).fill(row[0]);
}
