/** Floor 5½. `verify`: reference cases on a device, the largest error of every field and case. */
import { basename } from 'node:path';
import { openForFigures } from '../config/index.js';
import { loadDataset } from '../data/dataset-file.js';
import { readCases } from '../verify/cases.js';
import { type CaseReport, verifyCases } from '../verify/verify.js';
import type { JobOutput, VerifyOptions } from './options.js';

export async function runVerify(options: VerifyOptions): Promise<JobOutput> {
  const { target, why } = await openForFigures(options.device ?? 'auto');
  const prices = options.prices === undefined ? null : await loadDataset(options.prices);
  const files: { file: string; reports: CaseReport[] }[] = [];
  for (const file of options.cases) files.push({ file, reports: verifyCases(await readCases(file), prices, target) });
  const all = files.flatMap((f) => f.reports);
  const failed = all.filter((r) => r.deviations.some((d) => !(d.error <= d.tolerance))).length;
  const skipped = all.filter((r) => r.skipped !== null).length;
  const lines = files.flatMap(({ file, reports }) => [basename(file), ...reports.flatMap(caseLines)]);
  const summary = `${all.length - failed - skipped} passed, ${failed} failed, ${skipped} skipped on ${target.name} (${why})`;
  return {
    text: [...lines, summary].join('\n'),
    json: { device: target.name, why, passed: all.length - failed - skipped, failed, skipped, files },
    exitCode: failed > 0 ? 1 : 0,
  };
}

function caseLines(r: CaseReport): string[] {
  if (r.skipped !== null) return [`  ${r.name}: skipped, ${r.skipped}`];
  return [
    `  ${r.name}`,
    ...r.deviations.map((d) => {
      const verdict = d.error <= d.tolerance ? 'ok  ' : 'FAIL';
      return `    ${verdict} ${d.field.padEnd(46)} error ${d.error.toExponential(1).padStart(8)}  tolerance ${d.tolerance.toExponential(0)}`;
    }),
  ];
}
