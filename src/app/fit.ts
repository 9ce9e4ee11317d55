/** Floor 5½. `fit`: a price generator fitted to recorded prices; writes it as YAML, and a page that compares the two. */
import { basename, dirname, relative, resolve } from 'node:path';
import { registry } from '../../kernels/index.js';
import { ConfigError, check, type Path } from '../config/explain.js';
import { type FitConfig, fitSchema } from '../config/fit.js';
import { checkGenerator, type ResolvedGenerator, resolveGenerator } from '../config/generator.js';
import { readConfigFile } from '../config/load.js';
import { applyOverride, parseOverride } from '../config/overrides.js';
import { anchorModels, withOwnModels } from '../config/own-models.js';
import type { Dataset } from '../data/dataset.js';
import { formatDuration } from '../data/time.js';
import { UserError } from '../errors.js';
import { claimOutput } from '../files/output.js';
import { comparisonOf } from '../fit/comparison.js';
import { fittedDocument, fittedYaml } from '../fit/document.js';
import { fitGenerator } from '../fit/fit.js';
import type { FitStep } from '../fit/likelihood.js';
import { renderFit } from '../fit/report/index.js';
import type { FitResult } from '../fit/result.js';
import { wasm } from '../targets/wasm/index.js';
import { printToStderr } from '../terminal.js';
import { VERSION } from '../version.js';
import { withNotes } from './files.js';
import { rowsAsked } from './fit-data.js';
import { chainLines, estimateLines, spanText } from './fit-text.js';
import type { JobOutput } from './options.js';

export interface FitJob {
  /** Path of a config of a fit. */
  readonly config: string;
  /** Path of the fitted generator, and of the page. */
  readonly out?: string;
  readonly report?: string;
  /** A dataset in place of the config's. */
  readonly data?: string;
  /** `a.b=c` each. */
  readonly set: readonly string[];
  readonly json: boolean;
}

/** `fit.yaml` → `fit.fitted.yaml` */
const besides = (config: string, ending: string): string => `${config.replace(/\.ya?ml$/, '')}.fitted.${ending}`;

export async function runFit(job: FitJob): Promise<JobOutput> {
  const { config, generator, given, dataset } = await opened(job);
  const inputs = [job.config, config.data.file];
  const claim = (path: string, kind: 'fitted model' | 'report', flag: string) =>
    claimOutput({ path, kind, flag, inputs });
  const output = await claim(job.out ?? besides(job.config, 'yaml'), 'fitted model', '--out');
  const page = await claim(job.report ?? besides(job.config, 'html'), 'report', '--report');
  const clock = { interval: dataset.interval };
  checkGenerator(generator, clock);
  const question = { generator, given, data: dataset, clock };
  const result = fitGenerator(question, {
    target: wasm,
    method: config.method,
    iterations: config.iterations,
    moments: config.moments,
    onStep: job.json ? undefined : tellStep,
  });
  const document = fittedDocument(generator, dataset.assets, result.values);
  const span = spanText(dataset);
  await output.write(fittedYaml(document, result, [`${basename(job.config)}, ${span}`, methodText(result)]));
  const comparison = comparisonOf(question, result, config.page, wasm);
  await page.write(
    await renderFit({
      title: basename(job.config).replace(/\.ya?ml$/, ''),
      model: generator.model.doc,
      span,
      method: methodText(result),
      result,
      comparison,
      interval: dataset.interval,
      start: dataset.start,
      notes: result.notes,
      version: VERSION,
      generated: new Date().toISOString().slice(0, 10),
    }),
  );
  const text = [
    `${generator.model.name} on ${span}`,
    methodText(result),
    ...estimateLines(result.estimates),
    ...(result.chain === null ? [] : chainLines(result.chain)),
    ...result.notes.map((note) => `warning: ${note}`),
    `fitted ${output.path}`,
    `report ${page.path}`,
    `next: poolgrad data synth --model ${output.path} --assets ${dataset.assets.join(',')} --days 365 --interval ${formatDuration(dataset.interval)} --out drawn.arrow`,
  ].join('\n');
  const json = {
    out: output.path,
    report: page.path,
    model: document,
    assets: dataset.assets,
    interval: dataset.interval,
    ...jsonOf(result),
    moments: comparison.figures,
  };
  const coarse = generator.model.check?.(result.values, clock, generator.settings) ?? [];
  return withNotes({ text, json }, [...coarse, ...output.notes, ...page.notes]);
}

function jsonOf({ raw: _raw, values: _values, notes, ...rest }: FitResult) {
  const { logLikelihood: l, parameters: k, rows } = rest;
  return {
    ...rest,
    aic: l === null ? null : 2 * k - 2 * l,
    bic: l === null ? null : k * Math.log(rows) - 2 * l,
    warnings: notes,
  };
}

const tellStep = ({ iteration, name, value }: FitStep): void =>
  printToStderr(`step ${iteration} · ${name} ${value.toPrecision(9)}`);

interface Named {
  readonly data: { readonly model: Readonly<Record<string, unknown>> };
}

/** What the config says, resolved against the rows that it names; errors begin with the file. */
async function opened({ config: path, data, set }: FitJob): Promise<{
  readonly config: FitConfig;
  readonly generator: ResolvedGenerator;
  readonly given: ReadonlySet<string>;
  readonly dataset: Dataset;
}> {
  const read = expanded(await readConfigFile(path));
  const anchored = anchor(read, dirname(path));
  const flags = [...set.map(parseOverride), ...(data === undefined ? [] : [{ path: ['data', 'file'], value: data }])];
  const raw = flags.reduce((config: unknown, flag) => expanded(applyOverride(config, flag)), anchored);
  return blamed(path, async () => {
    const config = check(fitSchema, raw, []);
    const dataset = await rowsAsked(config.data, 'data.');
    // of one's own, too: whoever gives the config answers for the files that it names
    const { data: own } = anchorModels({ data: { model: config.model } }, dirname(path)) as Named;
    const { registry: models } = await withOwnModels({ data: own }, registry, { allowCode: true });
    const generator = resolveGenerator(own.model, dataset.assets, { sources: models.sources });
    return { config, generator, given: givenOf(config.model, generator), dataset };
  });
}

/** `data: prices.arrow` and `model: gbm` stand for maps. */
function expanded(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null) return raw;
  const { data, model, ...rest } = raw as { readonly data?: unknown; readonly model?: unknown };
  return {
    ...rest,
    ...(data === undefined ? {} : { data: typeof data === 'string' ? { file: data } : data }),
    ...(model === undefined ? {} : { model: typeof model === 'string' ? { kind: model } : model }),
  };
}

/** The dataset's path as seen from the working directory. */
function anchor(raw: unknown, folder: string): unknown {
  const file = (raw as { readonly data?: { readonly file?: unknown } } | null)?.data?.file;
  if (typeof file !== 'string') return raw;
  return applyOverride(raw, { path: ['data', 'file'], value: relative(process.cwd(), resolve(folder, file)) });
}

async function blamed<T>(path: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UserError(`${basename(path)}: ${placed(error.path)}${error.what}`);
  }
}

const placed = (path: Path): string => (path.length === 0 ? '' : `${path.join('.')}: `);

/** Parameters whose start value the section gives: a number, or a map that has one. */
function givenOf(section: Readonly<Record<string, unknown>>, { declared }: ResolvedGenerator): ReadonlySet<string> {
  const isSpec = (x: unknown) =>
    typeof x === 'object' &&
    x !== null &&
    !Array.isArray(x) &&
    ['train', 'bounds'].some((key) => Object.hasOwn(x, key));
  return new Set(
    Object.keys(declared).filter((key) => {
      const entry = section[key];
      if (entry === undefined || entry === null) return false;
      return !isSpec(entry) || ['value', 'raw'].some((name) => Object.hasOwn(entry, name));
    }),
  );
}

function methodText({
  method,
  logLikelihood,
  startLogLikelihood,
  distance,
  matched,
  parameters,
  iterations,
}: FitResult): string {
  const steps = `${iterations} ${iterations === 1 ? 'step' : 'steps'}`;
  if (method === 'moments') {
    return `by ${matched.length} simulated moments, ${parameters} parameters, ${steps}: Σ of squared distances in standard errors ${distance?.toPrecision(4)}`;
  }
  const [l, first] = [logLikelihood as number, startLogLikelihood as number];
  return `by likelihood: ln L ${l.toFixed(3)} (${first.toFixed(3)} at the start), ${parameters} parameters, AIC ${(2 * parameters - 2 * l).toFixed(2)}, ${steps}`;
}
