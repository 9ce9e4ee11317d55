/** Floor 7. What is wrong, near what caused it: a failure of the config belongs to the section that its path begins with. */
import type { Failure } from '../engine/call.js';

/** Sections of the config that have a place in the form. */
const PLACES = ['data', 'pool', 'rule', 'feeLaw', 'flow', 'objective'];

/** Errors of datasets begin with what they are about. */
export const placeOf = ({ path, message }: Failure): string | null => {
  const first = path.length > 0 ? String(path[0]) : (/^(data|split):/.exec(message)?.[1] ?? '');
  if (first === 'split') return 'data';
  return PLACES.includes(first) ? first : null;
};

export const isShownElsewhere = (failure: Failure): boolean => placeOf(failure) !== null;

export function Fault({ failure }: { readonly failure: Failure }) {
  return (
    <p class="fault" role="alert">
      {failure.isMistake ? failure.message : `A mistake of this program: ${failure.message}`}
    </p>
  );
}

/** The failure that belongs to a section, or nothing. */
export function FaultAt({ section, failure }: { readonly section: string; readonly failure: Failure | null }) {
  return failure !== null && placeOf(failure) === section ? <Fault failure={failure} /> : null;
}
