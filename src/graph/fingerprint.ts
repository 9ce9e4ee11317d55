/** Floor 0. A program as one text, in which no two that differ agree; made without a schedule, so in a fraction of print's time. */
import { type Emit, type Expr, type Region, Scan } from './expr.js';
import type { Program } from './program.js';

/**
 * The nodes in the order in which they were made, by what makes them different from each other, then buffers, and what every
 * region stores and carries. Programs that were traced alike have one text; the same program traced in another order may have
 * another.
 */
export function fingerprint({ name, graph }: Program): string {
  const inputs = [...graph.nodes.values()].flatMap(({ attr }) =>
    attr !== null && 'input' in attr ? [`${attr.input.name} per ${attr.input.per}`] : [],
  );
  const buffers = graph.buffers.map(
    (b) => `${b.id} ${b.kind} ${b.name} ${b.columns} ${idOf(b.rows)} ${b.differentiable}`,
  );
  return JSON.stringify([name, [...graph.nodes.keys()], inputs, buffers, regionText(graph.root)]);
}

const idOf = (e: Expr | null): number | null => e?.id ?? null;
const idsOf = (list: readonly Expr[]): string => list.map((e) => e.id).join();

const emitText = ({ buffer, column, slot, value, when, ghost }: Emit): string =>
  `${buffer.id} ${column} ${slot.id} ${value.id} ${idOf(when)} ${ghost}`;

function regionText(region: Region): unknown {
  const own =
    region instanceof Scan
      ? `${region.name} ${region.id} ${region.length.id} ${region.bound.id} ${region.reverse} ${region.serial} ${idsOf(region.init)} ${idsOf(region.next)} ${idOf(region.active)} ${region.counted}`
      : '';
  return [own, region.emits.map(emitText), region.scans.map(regionText)];
}
