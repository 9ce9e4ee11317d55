/** Floor 5½. `export --to hjb`: a trained maker as the Hyperliquid framework's structs and a law, in JSON and in Rust. */
import { UserError } from '../errors.js';
import { writeDocument } from '../export/document.js';
import { hjbDocument, hjbWarnings, parseHjb, steppedWorthOf, worthOf } from '../export/hjb.js';
import { hjbRust } from '../export/hjb-rust.js';
import type { SystemProvenance } from '../export/system.js';
import { claimOutput } from '../files/output.js';
import { inputsOf, withNotes } from './files.js';
import type { ExportOptions, JobOutput } from './options.js';
import type { SystemSession } from './prepared.js';
import type { Source } from './source.js';

/** Writes both files, reads the first back, and says what its law is worth. */
export async function exportHjb(
  { session, raw, warnings, notes }: Source & { readonly session: SystemSession },
  options: ExportOptions,
  provenance: SystemProvenance,
): Promise<JobOutput> {
  const { spec, rollout } = session;
  if (spec.system.name !== 'maker') {
    throw new UserError(
      `export --to hjb: a system of kind maker was expected, got ${spec.system.name}; export it --to json`,
    );
  }
  if (spec.assets.length > 1) {
    throw new UserError(
      `export --to hjb: a maker of one asset was expected, as the framework has, got ${spec.assets.join(', ')}; export it --to json`,
    );
  }
  const values = rollout.layout.values(raw);
  const own = Object.entries(values).flatMap(([name, value]) =>
    name.startsWith('maker.') ? [[name.slice('maker.'.length), value] as const] : [],
  );
  const value = Object.fromEntries(own);
  const steps = session.windows.rows;
  const document = hjbDocument({
    ...{ assets: spec.assets, settings: spec.settings, value, provenance },
    midPrice: value.pointsOf?.[0] ?? rollout.path(raw, 0, 1, 1).observed.mid[0],
    horizon: (steps * spec.clock.interval) / 1000,
    dt: spec.clock.interval / 1000,
  });
  const out = options.out ?? `${options.checkpoint.replace(/\.json$/, '')}.hjb.json`;
  const rust = `${out.replace(/\.json$/, '')}.rs`;
  const inputs = [options.checkpoint, ...inputsOf(session)];
  const output = await claimOutput({ path: out, kind: 'export', flag: '--out', inputs });
  const source = await claimOutput({ path: rust, kind: 'export', flag: '--out', inputs });
  const text = writeDocument(document);
  await output.write(text);
  await source.write(hjbRust(document));
  const readBack = parseHjb(text);
  const back = worthOf(readBack);
  const stepped = steppedWorthOf(readBack);
  const before = worthOf(document);
  const all = [...warnings, ...hjbWarnings(document)];
  const worth =
    back === null || before === null
      ? 'the law changes with time, and has no long run'
      : `the law read back is worth ${back.toPrecision(9)} a second in its market, rounding costs ${before - back}${stepped === null ? '' : `; in steps of ${document.market.dt} s ${stepped.toPrecision(9)}`}`;
  const shown = {
    text: [`hjb: ${out}`, `rust: ${rust}`, worth, ...all.map((w) => `warning: ${w}`)].join('\n'),
    json: { out, rust, to: 'hjb', value: back, valueInSteps: stepped, warnings: all },
  };
  return withNotes(shown, [...notes, ...output.notes, ...source.notes]);
}
