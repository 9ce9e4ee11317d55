/** Floor 5. A fitted generator as the YAML that `data synth --model` reads, each number with its standard error beside it. */
import { stringify } from 'yaml';
import type { ResolvedGenerator } from '../config/generator.js';
import { labelsOf } from '../rollout/layout.js';
import type { Estimate, FitResult } from './result.js';
import type { Values } from './starts.js';

/** What a fitted file begins with: so that the next fit knows it for one, and replaces it. */
export const FITTED = '# fitted by poolgrad';

/** The generator's section with other values. */
export function fittedDocument(
  { plain, declared }: Pick<ResolvedGenerator, 'plain' | 'declared'>,
  assets: readonly string[],
  values: Values,
): Record<string, unknown> {
  const rest = Object.fromEntries(
    Object.entries(plain).filter(([key, value]) => !Object.hasOwn(declared, key) && value !== undefined),
  );
  const parameters = Object.entries(declared).flatMap(([key, p]): [string, unknown][] => {
    // to the digits that a transform and its inverse keep
    const value = values[key].map((x) => Number(x.toPrecision(15)));
    if (p.shape === 'scalar') return [[key, value[0]]];
    const labels = labelsOf(p.shape, assets);
    return labels.length === 0 ? [] : [[key, Object.fromEntries(labels.map((label, i) => [label, value[i]]))]];
  });
  return { ...rest, ...Object.fromEntries(parameters) };
}

const errorOf = (estimates: readonly Estimate[], name: string, label: string): string => {
  const found = estimates.find((e) => e.name === name && e.label === label);
  if (found?.fitted !== true) return '';
  return found.error === null ? ' # ± not determined' : ` # ± ${found.error.toPrecision(3)}`;
};

/** The document as text, after lines that say where it comes from. */
export function fittedYaml(
  document: Readonly<Record<string, unknown>>,
  { estimates }: Pick<FitResult, 'estimates'>,
  origin: readonly string[],
): string {
  const lines = Object.entries(document).flatMap(([key, value]) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const inner = Object.entries(value).map(
        ([label, x]) => `  ${stringify({ [label]: x }).trim()}${errorOf(estimates, key, label)}`,
      );
      return [`${key}:`, ...inner];
    }
    const [first, ...more] = stringify({ [key]: value })
      .trimEnd()
      .split('\n');
    return [`${first}${more.length === 0 ? errorOf(estimates, key, '') : ''}`, ...more];
  });
  return [FITTED, ...origin.map((line) => `# ${line}`), ...lines, ''].join('\n');
}
