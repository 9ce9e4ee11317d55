/** Floor 5½. What `poolgrad export` writes, as texts with the names of their files. */
import { UserError } from '../errors.js';
import { exporterNamed, exporters } from '../export/index.js';
import { systemDocument } from '../export/system.js';
import { sha256 } from '../hash.js';
import { type Checkpoint, encodeCheckpoint } from '../train/checkpoint.js';
import { exportName } from './export-name.js';
import { provenanceOf } from './export-origin.js';
import { exportPool } from './export-pool.js';
import type { PoolSession, Session, SystemSession } from './prepared.js';

export interface ExportedFile {
  readonly name: string;
  readonly text: string;
  /** What of it is still to be filled in. */
  readonly placeholders: readonly string[];
  /** Where the target will behave otherwise than the simulation did. */
  readonly warnings: readonly string[];
  /** What is to be known of it: rounding, conventions. */
  readonly notes: readonly string[];
}

/** What of a session says where it can be exported to. */
type Kind = Pick<PoolSession, 'kind' | 'spec'> | Pick<SystemSession, 'kind'>;

/** The names of what its kind is exported to; each may still refuse what was trained. */
export function exportsOf(of: Kind): readonly string[] {
  if (of.kind === 'system') return ['json'];
  const { name } = of.spec.pool;
  return Object.keys(exporters).filter((to) => exporterNamed(to).kinds?.includes(name) ?? true);
}

/**
 * @param raw the set: [columns]
 * @param file the name of the checkpoint, by which the export is called
 * @throws UserError where the target cannot take what was trained
 */
export function exportInMemory(
  session: Session,
  raw: Float64Array,
  checkpoint: Checkpoint,
  { to, file }: { readonly to: string; readonly file: string },
): ExportedFile {
  const names = exportsOf(session);
  if (!names.includes(to)) throw new UserError(`export: expected one of ${names.join(', ')}, got '${to}'`);
  const origin = { checkpoint, sha256: sha256(encodeCheckpoint(checkpoint)) };
  if (session.kind === 'system') {
    const text = systemDocument(session.spec, session.rollout.layout, raw, provenanceOf(session, origin));
    return { name: exportName(file, 'system', '.json'), text, placeholders: [], warnings: [], notes: [] };
  }
  const made = exportPool(session, raw, origin, { to, template: {}, strict: false });
  const { text, placeholders, warnings, notes } = made;
  return { name: made.fileName ?? exportName(file, to, made.extension), text, placeholders, warnings, notes };
}
