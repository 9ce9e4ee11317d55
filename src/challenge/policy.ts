/** Floor 5. A trained fee law as a file: what `study amm-challenge` writes and `export --to amm-challenge` reads. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { FeeLaw } from '../../kernels/competition/law.js';
import { laws } from '../../kernels/competition/laws/index.js';
import { readingFailed } from '../data/read-file.js';
import { UserError } from '../errors.js';
import type { Values } from './rollout.js';

export const FORMAT = 'poolgrad/challenge-policy';

const schema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(1),
  law: z.string(),
  values: z.record(z.string(), z.union([z.number(), z.array(z.number())])),
  seed: z.number().int().nonnegative(),
});

export interface TrainedLaw {
  readonly law: FeeLaw;
  readonly values: Values;
  /** Of the training; figures of fresh simulations have draws of the same seed, which training never sees. */
  readonly seed: number;
}

/** The law of a name; throws a UserError with exit code 2. */
export function lawNamed(name: string, flag = '--law'): FeeLaw {
  const found = laws.find((law) => law.name === name);
  if (found !== undefined) return found;
  throw new UserError(`${flag}: expected ${laws.map((l) => l.name).join(', ')}, got '${name}'; take one of them`, 2);
}

export const encodePolicy = ({ law, values, seed }: TrainedLaw, figures: object): string =>
  `${JSON.stringify({ format: FORMAT, version: 1, law: law.name, values, seed, ...figures }, null, 2)}\n`;

export async function loadPolicy(path: string): Promise<TrainedLaw> {
  const text = await readFile(path, 'utf8').catch(readingFailed(path));
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    // told below, as everything that is no policy
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    throw new UserError(
      `export amm-challenge: a file that poolgrad study amm-challenge wrote was expected, got '${path}'; run the study first`,
    );
  }
  return { ...parsed.data, law: lawNamed(parsed.data.law, path) };
}
