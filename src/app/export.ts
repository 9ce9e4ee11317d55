/** Floor 5½. `export`: a checkpoint's chosen set in the form that a chain or a bot takes, and what rounding costs. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseYamlFile, show } from '../config/index.js';
import { UserError } from '../errors.js';
import { courseText } from '../evaluate/path.js';
import { systemDocument } from '../export/system.js';
import { claimOutput } from '../files/output.js';
import { sha256 } from '../hash.js';
import type { Checkpoint } from '../train/checkpoint.js';
import { runExportChallenge } from './export-challenge.js';
import { exportHjb } from './export-hjb.js';
import { exportComputeMarket, isMarket } from './export-market.js';
import { exportName } from './export-name.js';
import { type ExportOrigin, provenanceOf } from './export-origin.js';
import { exportPool } from './export-pool.js';
import { inputsOf, withNotes } from './files.js';
import type { ExportOptions, JobOutput } from './options.js';
import { poolSession, type SystemSession } from './prepared.js';
import { openCheckpoint, type Source } from './source.js';

export async function runExport(options: ExportOptions): Promise<JobOutput> {
  if (options.to === 'amm-challenge') return runExportChallenge(options);
  const template = await readTemplate(options.template);
  const source = await openCheckpoint(options.checkpoint, options);
  if (source.session.kind === 'system' && options.to === 'json') {
    return exportSystem({ ...source, session: source.session }, options);
  }
  if (options.to === 'hjb') return exportMaker(source, options);
  if (source.session.kind === 'system' && options.to === 'hmm-solidity' && isMarket(source.session)) {
    return exportMarketPools({ ...source, session: source.session }, options);
  }
  const session = poolSession(source.session, `export --to ${options.to}`);
  try {
    const origin = await originOf(options.checkpoint, source.checkpoint);
    const made = exportPool(session, source.raw, origin, { to: options.to, template, strict: options.strict });
    const out = options.out ?? outOf(options, made.fileName, made.extension);
    const inputs = [options.checkpoint, options.template, ...inputsOf(session)];
    const output = await claimOutput({ path: out, kind: 'export', flag: '--out', inputs });
    await output.write(made.text);
    const { loss, placeholders, notes } = made;
    const warnings = [...source.warnings, ...made.warnings];
    const text = [
      `${options.to}: ${out}`,
      `rounding costs ${Number(loss.lossBps.toPrecision(3))} bps of the value at the end of the test split (${loss.metric} ${figure(loss.objective)} → ${figure(loss.quantised)}; ${courseText(session.spec)})`,
      ...notes.map((n) => `note: ${n}`),
      ...warnings.map((w) => `warning: ${w}`),
      ...(placeholders.length === 0
        ? []
        : [`still to fill in: ${placeholders.join(', ')} (give them with --template)`]),
    ].join('\n');
    const json = { out, to: options.to, loss, placeholders, notes, warnings };
    return withNotes({ text, json }, [...source.notes, ...output.notes]);
  } finally {
    session.rollout.dispose();
  }
}

/** What the export of a checkpoint's file comes from. */
const originOf = async (path: string, checkpoint: Checkpoint): Promise<ExportOrigin> => ({
  checkpoint,
  sha256: sha256(await readFile(path)),
});

async function exportMaker(
  { session, ...source }: Source & { checkpoint: Checkpoint },
  options: ExportOptions,
): Promise<JobOutput> {
  try {
    if (session.kind !== 'system') {
      throw new UserError(
        'export --to hjb: a checkpoint of a maker was expected, got one of a pool; export it --to json',
      );
    }
    const provenance = provenanceOf(session, await originOf(options.checkpoint, source.checkpoint));
    return await exportHjb({ ...source, session }, options, provenance);
  } finally {
    session.rollout.dispose();
  }
}

async function exportMarketPools(
  { session, ...source }: Source & { session: SystemSession; checkpoint: Checkpoint },
  options: ExportOptions,
): Promise<JobOutput> {
  try {
    const provenance = provenanceOf(session, await originOf(options.checkpoint, source.checkpoint));
    return await exportComputeMarket({ ...source, session }, options, provenance);
  } finally {
    session.rollout.dispose();
  }
}

/** The parameters of a system that no chain knows. */
async function exportSystem(
  { session, raw, checkpoint, warnings, notes }: Source & { session: SystemSession; checkpoint: Checkpoint },
  options: ExportOptions,
): Promise<JobOutput> {
  const { spec, rollout } = session;
  try {
    if (options.template !== undefined) {
      throw new UserError(
        '--template: expected none for json of a system, which has nothing to fill in; leave it out',
        2,
      );
    }
    const out = options.out ?? exportName(options.checkpoint, 'system', '.json');
    const inputs = [options.checkpoint, ...inputsOf(session)];
    const output = await claimOutput({ path: out, kind: 'export', flag: '--out', inputs });
    const provenance = provenanceOf(session, await originOf(options.checkpoint, checkpoint));
    const text = systemDocument(spec, rollout.layout, raw, provenance);
    await output.write(text);
    const shown = {
      text: [`${options.to}: ${out}`, ...warnings.map((w) => `warning: ${w}`)].join('\n'),
      json: { out, to: options.to, warnings },
    };
    return withNotes(shown, [...notes, ...output.notes]);
  } finally {
    rollout.dispose();
  }
}

const figure = (x: number | null): string => (x === null ? 'not defined' : x.toPrecision(6));

/** Beside the checkpoint: by the name that the target looks for, or one that says what it was made of. */
function outOf({ checkpoint, to }: ExportOptions, fileName: string | undefined, extension: string): string {
  return fileName === undefined ? exportName(checkpoint, to, extension) : join(dirname(checkpoint), fileName);
}

/** The user's addresses, salts and names, from a YAML or JSON file. */
async function readTemplate(path: string | undefined): Promise<Readonly<Record<string, unknown>>> {
  if (path === undefined) return {};
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new UserError(
      `--template: a YAML or JSON file was expected, got '${path}': ${error.message.split('\n')[0]}; check the path`,
      2,
    );
  });
  const content = templateOf(text, path);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new UserError(
      `--template: a map of names to values was expected in '${path}', got ${show(content)}; write name: value in each line`,
      2,
    );
  }
  return content as Record<string, unknown>;
}

function templateOf(text: string, path: string): unknown {
  try {
    return parseYamlFile(text, path);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`--template: a YAML or JSON file was expected: ${error.message}`, 2);
  }
}
