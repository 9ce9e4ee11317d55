/** Floor 5½. `data calibrate maker`: the market of a maker from what was recorded; writes a page, and a config to train. */
import { basename } from 'node:path';
import { UserError } from '../errors.js';
import { claimOutput } from '../files/output.js';
import { fitCandles } from '../fit/maker/candles.js';
import { makerYaml, type States, whyNoDocument } from '../fit/maker/document.js';
import { fitMaker, type MakerFit } from '../fit/maker/fit.js';
import { renderMakerFit } from '../fit/maker/report.js';
import { makerFitLines, subjectOf } from '../fit/maker/text.js';
import { VERSION } from '../version.js';
import { withNotes } from './files.js';
import { type MakerData, type MakerSource, readMakerSource } from './maker-source.js';
import type { JobOutput } from './options.js';

export interface CalibrateMakerJob {
  /** Files of one market: a recording, or files of an exchange. */
  readonly files: readonly string[];
  /** Path of the config; left out: none is written. */
  readonly out?: string;
  /** Path of the page. */
  readonly report?: string;
  readonly states: States;
  readonly imbalance: number;
  readonly regimes: number;
  /** Seconds between mids that are compared. */
  readonly every?: number;
  readonly gamma?: number;
  readonly maxInventory: number;
  /** Whether touches of candles are taken for fills. */
  readonly touches: boolean;
  readonly source: MakerSource;
}

export async function runCalibrateMaker(job: CalibrateMakerJob): Promise<JobOutput> {
  const { files } = job;
  const stem = basename(files[0]).replace(/(\.(csv|json|jsonl|gz|zip|arrow|feather|parquet|txt))+$/i, '');
  const claim = (path: string, kind: 'config' | 'report', flag: string) =>
    claimOutput({ path, kind, flag, inputs: files });
  const page = await claim(job.report ?? `${stem}.maker.html`, 'report', '--report');
  const out = job.out === undefined ? null : await claim(job.out, 'config', '--out');
  const data = await readMakerSource(files, job.source);
  const fit = fitted(data, job);
  const why = whyNoDocument(fit, job.states);
  if (why !== null && (out !== null || job.states !== 'one')) {
    throw new UserError(
      `${out === null ? '--states' : '--out'}: expected data that tell the market of a maker, but ${why}`,
    );
  }
  const subject = subjectOf(fit);
  const origin = [`${files.map((file) => basename(file)).join(', ')}: ${subject}`];
  if (out !== null) {
    const { states, gamma = null, maxInventory: qMax } = job;
    await out.write(makerYaml(fit, { states, gamma, qMax, origin }));
  }
  await page.write(
    await renderMakerFit({
      title: stem,
      ...{ subject, fit, path: pathOf(data) },
      facts: [['files', files.map((file) => basename(file)).join(', ')]],
      version: VERSION,
      generated: new Date().toISOString().slice(0, 10),
    }),
  );
  const text = [
    subject,
    ...makerFitLines(fit),
    `report ${page.path}`,
    ...(out === null
      ? why === null
        ? [`next: the same with --out maker.yaml, a config for poolgrad train`]
        : []
      : [`config ${out.path}`, `next: poolgrad hjb solve ${out.path}; poolgrad train ${out.path}`]),
  ].join('\n');
  const json = { out: out?.path ?? null, report: page.path, ...jsonOf(fit) };
  return withNotes({ text, json }, [...page.notes, ...(out?.notes ?? [])]);
}

function fitted({ recording, candles, warnings }: MakerData, job: CalibrateMakerJob): MakerFit {
  const { every = null, imbalance, regimes, touches } = job;
  if (recording !== null && touches) {
    throw new UserError('--touches: expected with candles only, which show no orders; leave it out', 2);
  }
  try {
    const fit =
      recording === null
        ? fitCandles(candles, { regimes, touches })
        : fitMaker(recording, { every, imbalance, regimes });
    return { ...fit, warnings: [...warnings, ...fit.warnings] };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(`${job.files.map((file) => basename(file)).join(', ')}: ${error.message}`);
  }
}

function pathOf({ recording, candles }: MakerData): { time: Float64Array; price: Float64Array } {
  if (recording === null) return { time: candles.time, price: candles.close };
  const { trades, tops } = recording;
  if (tops !== null) return { time: tops.time, price: tops.bid.map((bid, i) => (bid + tops.ask[i]) / 2) };
  return { time: trades?.time ?? new Float64Array(0), price: trades?.price ?? new Float64Array(0) };
}

function jsonOf({ pictures: _pictures, regimes, from, to, ...fit }: MakerFit) {
  const { last: _last, ...told } = regimes ?? { last: null };
  return {
    ...fit,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    regimes: regimes === null ? null : told,
  };
}
