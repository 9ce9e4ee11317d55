/** Floor 5½. The chosen set of a pool in the form that a chain, a bot or a simulator takes, and what rounding costs. */
import { checkTest } from '../evaluate/evaluate.js';
import { measured } from '../evaluate/measured.js';
import { metricsOf } from '../evaluate/path.js';
import { type ExportOptions, type ExportResult, exporterNamed } from '../export/index.js';
import { type QuantisationLoss, quantisationLoss } from '../export/resimulate.js';
import type { TunedInput } from '../export/tuned-input.js';
import { Common } from '../rollout/common.js';
import type { ExportOrigin } from './export-origin.js';
import { checkRecording } from './footprint.js';
import type { PoolSession } from './prepared.js';

/** Recorded, on this side, and in parts. */
const PATHS = 3;

export interface PoolExport extends Omit<ExportResult<unknown>, 'quantised'> {
  /** Of its file, with the dot. */
  readonly extension: string;
  readonly loss: QuantisationLoss;
}

/**
 * Throws a UserError where the target cannot take the pool, or the template is wrong.
 *
 * @param raw the set: [columns]
 */
export function exportPool(
  session: PoolSession,
  raw: Float64Array,
  { checkpoint, sha256 }: ExportOrigin,
  { to, ...options }: ExportOptions & { readonly to: string },
): PoolExport {
  const { spec, dataset: data, target, split } = session;
  const exporter = exporterNamed(to);
  checkTest(split, 'export');
  checkRecording(session, 1, PATHS);
  // a lane alone is on one thread
  const common = new Common(target);
  try {
    const pool = exporter.form.of(tunedInput(session, raw, { checkpoint, sha256 }, common));
    const { quantised, ...result } = exporter.export(pool, options);
    const loss = quantisationLoss({ spec, data, target, raw, split, quantised, form: exporter.form, common });
    return { ...result, extension: exporter.extension, loss };
  } finally {
    common.dispose();
  }
}

function tunedInput(
  session: PoolSession,
  raw: Float64Array,
  { checkpoint, sha256 }: ExportOrigin,
  common: Common,
): TunedInput {
  const { spec, dataset, target, split, rollout } = session;
  const { best } = checkpoint.state;
  const { path, held } = measured({ spec, data: dataset, target, split, common }, raw);
  return {
    spec,
    layout: rollout.layout,
    raw,
    data: dataset,
    target,
    common,
    origin: {
      start: dataset.start,
      split,
      choice: {
        step: best.iteration,
        split: split.validation[1] > split.validation[0] ? 'validation' : 'train',
        value: best.validation,
      },
    },
    provenance: {
      checkpoint: sha256,
      dataset: dataset.hash,
      version: checkpoint.program,
      created: new Date().toISOString(),
      metrics: metricsOf(path, held, split.test),
    },
  };
}
