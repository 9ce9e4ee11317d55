/** Floor 5½. What an export says that it comes from. */
import type { SystemProvenance } from '../export/system.js';
import type { Checkpoint } from '../train/checkpoint.js';
import type { Session } from './prepared.js';

export interface ExportOrigin {
  readonly checkpoint: Checkpoint;
  /** Of the checkpoint's text. */
  readonly sha256: string;
}

/** Where the chosen set of a system came from, as its export says it. */
export function provenanceOf({ windows }: Session, { checkpoint, sha256 }: ExportOrigin): SystemProvenance {
  const { state, program } = checkpoint;
  const { best } = state;
  return {
    checkpoint: sha256,
    version: program,
    created: new Date().toISOString(),
    choice: { step: best.iteration, split: windows.validation().split, value: best.validation },
  };
}
