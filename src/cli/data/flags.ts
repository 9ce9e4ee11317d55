/** Floor 6. Flags that several `data` commands read. */
import { InvalidArgumentError, Option } from 'commander';

/** Commander's parser of a numeric flag. */
export function numberArgument(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError(`expected a number, got '${text}'.`);
  return value;
}

/** How the cells of a text are parted where its header does not tell. */
export const delimiterOption = () =>
  new Option(
    '--delimiter <sign>',
    "what stands between cells: ',' ';' '|' or '\\t' (default: what the first line has)",
  ).argParser(parseDelimiter);

export const skipLinesOption = () =>
  new Option('--skip-lines <n>', 'lines above the header or the first row').argParser((text) => {
    const value = numberArgument(text);
    if (Number.isSafeInteger(value) && value >= 0) return value;
    throw new InvalidArgumentError(`expected a whole number of 0 or more, got '${text}'.`);
  });

function parseDelimiter(text: string): string {
  const named: Record<string, string> = { '\\t': '\t', tab: '\t' };
  const delimiter = named[text] ?? text;
  if ([',', ';', '|', '\t'].includes(delimiter)) return delimiter;
  throw new InvalidArgumentError(`expected one of , ; | or \\t, got '${text}'.`);
}
