/**
 * Floor 5. Claims of one's own: a file whose default export is a claim or a list of them. To name it in a command is to vouch
 * for it, as for a model in a config of one's own: it is run.
 */
import { z } from 'zod';
import { importCode } from '../config/own-models.js';
import { UserError } from '../errors.js';
import type { Claim } from './claim.js';

const text = (name: string) => z.string(`${name}: a text`).min(1, `${name}: a text that is not empty`);

const shape = z.looseObject(
  {
    id: z
      .string('id: lower-case letters, digits and hyphens')
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'id: lower-case letters, digits and hyphens'),
    sentence: text('sentence'),
    source: text('source'),
    experiment: text('experiment'),
    run: z.custom<Claim['run']>((x) => typeof x === 'function', 'run: a function'),
  },
  'an object with id, sentence, source, experiment and run',
);

const list = z.array(shape).min(1, 'at least one claim');

/** The claims of a file. Throws a UserError for a file that has none. */
export async function claimsFrom(path: string): Promise<readonly Claim[]> {
  const found = await importCode(path);
  if ('fault' in found) {
    throw new UserError(
      `--claims: a module that loads was expected, got '${path}': ${found.fault}; see docs/hmm-paper.md`,
    );
  }
  const checked = list.safeParse(Array.isArray(found.exported) ? found.exported : [found.exported]);
  if (checked.success) return checked.data;
  throw new UserError(
    `--claims: a claim or a list of them was expected as default export of '${path}'; of it was expected ${checked.error.issues[0].message}; see docs/hmm-paper.md`,
  );
}

/** The list and claims of one's own behind it; `only` chooses by id. Throws a UserError where ids are taken or unknown. */
export function chosenClaims(
  all: readonly Claim[],
  own: readonly Claim[],
  only: readonly string[] | undefined,
): readonly Claim[] {
  const list = [...all, ...own];
  const ids = list.map((c) => c.id);
  const twice = own.find((c, k) => ids.indexOf(c.id) < all.length + k);
  if (twice !== undefined) {
    throw new UserError(`--claims: an id of its own was expected, got '${twice.id}' twice; rename it`);
  }
  if (only === undefined) return list;
  const unknown = only.find((id) => !ids.includes(id));
  if (unknown !== undefined) {
    throw new UserError(`--only: expected some of ${ids.join(', ')}, got '${unknown}'`, 2);
  }
  return list.filter((c) => only.includes(c.id));
}
