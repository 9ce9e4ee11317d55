/** Floor 6. Flags that several `data` commands read. */
import { InvalidArgumentError } from 'commander';

/** Commander's parser of a numeric flag. */
export function numberArgument(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError(`expected a number, got '${text}'.`);
  return value;
}
