/** Floor 5½. `regimes`: which hidden regime each row of recorded prices was in; fits the regimes first, unless they are given. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { oneOf } from '../config/explain.js';
import { type ResolvedGenerator, resolveGenerator } from '../config/generator.js';
import { readGenerator, resolveGeneratorFile } from '../config/generator-file.js';
import type { Dataset } from '../data/dataset.js';
import { nearestName } from '../data/names.js';
import { formatTime } from '../data/time.js';
import { UserError } from '../errors.js';
import { claimOutput } from '../files/output.js';
import { type Decoded, decode, visits } from '../fit/decode.js';
import { fittedDocument, fittedYaml } from '../fit/document.js';
import { fitByEm } from '../fit/em.js';
import { fitByLikelihood, judged, whyNoLikelihood } from '../fit/likelihood.js';
import { type Question, recordedOf, startsOf } from '../fit/question.js';
import { renderRegimes } from '../fit/report/regimes.js';
import { type Chain, type FitResult, stationary, transitionOf } from '../fit/result.js';
import { wasm } from '../targets/wasm/index.js';
import { printToStderr } from '../terminal.js';
import { VERSION } from '../version.js';
import { withNotes } from './files.js';
import { rowsAsked } from './fit-data.js';
import { chainLines, estimateLines, spanText } from './fit-text.js';
import type { JobOutput } from './options.js';
import { writeTable } from './table.js';

export interface RegimesJob {
  readonly data: string;
  readonly regimes?: number;
  /** A name of `MODELS`, or the path of a generator with regimes. */
  readonly model: string;
  readonly by?: 'em' | 'gradient';
  readonly assets?: readonly string[];
  readonly every?: string;
  readonly from?: string;
  readonly to?: string;
  readonly iterations: number;
  /** Paths of the table of chances, of the page, and of the fitted model. */
  readonly out?: string;
  readonly report?: string;
  readonly save?: string;
  readonly json: boolean;
}

/** What varies between the regimes of a named model. */
const MODELS: Readonly<Record<string, { readonly kind: string; readonly varying: readonly string[] }>> = {
  gbm: { kind: 'gbm', varying: ['mu', 'sigma', 'correlation'] },
  volatility: { kind: 'gbm', varying: ['sigma'] },
  ou: { kind: 'ou', varying: ['sigma'] },
  'jump-diffusion': { kind: 'jump-diffusion', varying: ['sigma'] },
  hamiltonian: { kind: 'hamiltonian', varying: ['temperature'] },
  'price-dynamics': { kind: 'price-dynamics', varying: ['volatility'] },
};
export const REGIME_MODELS = Object.keys(MODELS);

const REGIMES = 2;

interface Found {
  readonly question: Question;
  readonly values: FitResult['values'];
  readonly chain: Chain;
  readonly method: string;
  /** Null where the model was given. */
  readonly fit: FitResult | null;
  readonly notes: readonly string[];
}

const isPath = (model: string): boolean => /[/\\]|\.ya?ml$/.test(model) || existsSync(model);

export async function runRegimes(job: RegimesJob): Promise<JobOutput> {
  const dataset = await rowsAsked({ ...job, file: job.data }, '--');
  const stem = basename(job.data).replace(/\.\w+$/, '');
  const given = isPath(job.model);
  const inputs = [job.data, ...(given ? [job.model] : [])];
  const claim = (path: string, kind: 'table' | 'report' | 'fitted model', flag: string) =>
    claimOutput({ path, kind, flag, inputs });
  const out = await claim(job.out ?? `${stem}.regimes.csv`, 'table', '--out');
  const page = await claim(job.report ?? `${stem}.regimes.html`, 'report', '--report');
  const save = job.save === undefined ? null : await claim(job.save, 'fitted model', '--save');
  const found = given ? await known(job, dataset) : fitted(job, dataset);
  const { question, values, chain, method, fit } = found;
  const decoded = decode(question, values, chain.transition, wasm);
  await writeTable(
    out,
    dataset,
    Int32Array.from(decoded.path, (_, t) => decoded.first + t),
    columnsOf(decoded),
  );
  const span = spanText(dataset);
  const { generator } = question;
  if (save !== null && fit !== null) {
    const document = fittedDocument(generator, dataset.assets, values);
    await save.write(fittedYaml(document, fit, [`${basename(job.data)}, ${span}`, method]));
  }
  await page.write(
    await renderRegimes({
      title: stem,
      model: generator.model.doc,
      span,
      method,
      assets: dataset.assets,
      prices: dataset.prices,
      start: dataset.start,
      interval: dataset.interval,
      decoded,
      chain,
      estimates: fit?.estimates ?? [],
      notes: found.notes,
      version: VERSION,
      generated: new Date().toISOString().slice(0, 10),
    }),
  );
  const now = latest(decoded, dataset);
  const text = [
    `${generator.model.name} on ${span}`,
    method,
    ...(fit === null ? [] : estimateLines(fit.estimates.filter((e) => e.fitted))),
    ...chainLines(chain),
    `${visits(decoded).length} visits by the likeliest path; at ${now.time}: ${now.filtered.map((p, k) => `regime ${k} ${(100 * p).toFixed(1)} %`).join(', ')}`,
    ...found.notes.map((note) => `warning: ${note}`),
    `chances ${out.path}`,
    `report ${page.path}`,
    ...(save === null ? [] : [`fitted ${save.path}`]),
  ].join('\n');
  const json = {
    out: out.path,
    report: page.path,
    model: fittedDocument(generator, dataset.assets, values),
    method,
    logLikelihood: decoded.logLikelihood,
    estimates: fit?.estimates ?? [],
    iterations: fit?.iterations ?? 0,
    converged: fit?.converged ?? true,
    chain,
    rows: decoded.path.length,
    first: decoded.first,
    shares: chain.shares.map((_, k) => decoded.path.filter((z) => z === k).length / decoded.path.length),
    visits: visits(decoded).length,
    latest: now,
    warnings: found.notes,
  };
  return withNotes({ text, json }, [...out.notes, ...page.notes, ...(save?.notes ?? [])]);
}

/** `regime`, then the chances of each as they could be known and as they are known now. */
const columnsOf = ({ regimes, filtered, smoothed, path }: Decoded): Record<string, Float64Array> => {
  const of = (name: string, law: Float64Array) =>
    Array.from({ length: regimes }, (_, k): [string, Float64Array] => [
      `${name}_${k}`,
      Float64Array.from(path, (_x, t) => law[t * regimes + k]),
    ]);
  return {
    regime: Float64Array.from(path),
    ...Object.fromEntries([...of('filtered', filtered), ...of('smoothed', smoothed)]),
  };
};

function latest({ path, filtered, regimes, first }: Decoded, { start, interval }: Dataset) {
  const t = path.length - 1;
  return {
    time: formatTime(start + (first + t) * interval),
    regime: path[t],
    filtered: Array.from(filtered.subarray(t * regimes)),
  };
}

const questionOf = (generator: ResolvedGenerator, dataset: Dataset, given: ReadonlySet<string>): Question => ({
  generator,
  given,
  data: dataset,
  clock: { interval: dataset.interval },
});

/** A generator with regimes whose numbers are taken as they are. */
async function known({ model: path, by, regimes, save }: RegimesJob, dataset: Dataset): Promise<Found> {
  const flag = by !== undefined ? '--by' : regimes !== undefined ? '--regimes' : save !== undefined ? '--save' : null;
  if (flag !== null) {
    throw new UserError(
      `${flag}: expected with the name of a model, got the file ${path}, whose numbers are taken as they are; leave it out`,
      2,
    );
  }
  const generator = await resolveGeneratorFile(path, await readGenerator(path), dataset.assets);
  const hidden = generator.model.hidden?.(generator.settings);
  if (hidden === undefined) {
    throw new UserError(`${basename(path)}: regimes were expected, got a model without; add regimes: 2, or fit one`);
  }
  const question = questionOf(generator, dataset, new Set(Object.keys(generator.declared)));
  refuseUnknown(question);
  const values = Object.fromEntries(Object.entries(generator.parameters).map(([key, p]) => [key, p.value]));
  const transition = transitionOf(values, hidden.regimes);
  const chain: Chain = {
    transition,
    errors: transition.map((row) => row.map(() => null)),
    shares: stationary(transition),
    dwell: transition.map((row, i) => dataset.interval / (1 - row[i])),
  };
  return { question, values, chain, method: `as ${basename(path)} has it`, fit: null, notes: [] };
}

function refuseUnknown(question: Question): void {
  const why = whyNoLikelihood(question);
  if (why !== null) throw new UserError(`regimes: ${why}; take another model`);
}

function fitted(job: RegimesJob, dataset: Dataset): Found {
  const { model: name, regimes = REGIMES, iterations } = job;
  if (!Object.hasOwn(MODELS, name)) {
    throw new UserError(
      `--model: expected ${oneOf([...REGIME_MODELS, 'the path of a generator with regimes'])}, got '${name}'; did you mean '${nearestName(name, REGIME_MODELS)}'?`,
      2,
    );
  }
  const { kind, varying } = MODELS[name];
  const generator = resolveGenerator({ kind, regimes, varying }, dataset.assets);
  const question = questionOf(generator, dataset, new Set());
  refuseUnknown(question);
  const by = job.by ?? (name === 'gbm' ? 'em' : 'gradient');
  if (by === 'em' && name !== 'gbm') {
    throw new UserError(
      `--by: expected gradient with --model ${name}, got em, which has closed steps for gbm alone`,
      2,
    );
  }
  const fit =
    by === 'em' ? byEm(question, job) : fitByLikelihood(question, { ...progress(job), target: wasm, iterations });
  const method = `by ${by === 'em' ? 'expectation and maximisation' : 'gradient'}: ln L ${fit.logLikelihood?.toFixed(3)}, ${fit.parameters} parameters, BIC ${(fit.parameters * Math.log(fit.rows) - 2 * (fit.logLikelihood ?? 0)).toFixed(2)}, ${fit.iterations} steps`;
  return { question, values: fit.values, chain: fit.chain as Chain, method, fit, notes: fit.notes };
}

const progress = ({ json }: RegimesJob) =>
  json
    ? {}
    : {
        onStep: (step: { readonly iteration: number; readonly value: number }) =>
          printToStderr(`step ${step.iteration} · ln L ${step.value.toPrecision(9)}`),
      };

/** From every start, the best. */
function byEm(question: Question, job: RegimesJob): FitResult {
  const { regimes = REGIMES, iterations } = job;
  const data = recordedOf(question);
  const found = startsOf(question).map((start) => ({
    start,
    ...fitByEm(data, start, regimes, { iterations, ...progress(job) }),
  }));
  const best = found.reduce((a, b) => (b.logLikelihood > a.logLikelihood ? b : a));
  return judged(question, best, { target: wasm });
}
