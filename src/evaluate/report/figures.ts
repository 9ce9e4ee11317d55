/** Floor 5. What a report says, for programs: a block of JSON in the page, which no browser runs. */
import { type Html, trusted } from './html.js';

const FORMAT = 'poolgrad-figures';

export interface ReportFigures {
  readonly headline: { readonly metric: string; readonly value: number | null };
  /** By strategy, the tuned one first; null where a figure is not defined. */
  readonly rows: readonly { readonly name: string; readonly values: Readonly<Record<string, number | null>> }[];
}

const [BEGIN, END] = ['<script type="application/json" id="figures">', '</script>'];

/** Numbers that are none become null, as JSON has it; no text can end the block. */
export const figuresBlock = (figures: ReportFigures): Html =>
  trusted(`${BEGIN}${JSON.stringify({ format: FORMAT, version: 1, ...figures }).replaceAll('<', '\\u003c')}${END}`);

/** The figures of a report's text; null of one that has none. */
export function figuresOf(page: string): ReportFigures | null {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END, from);
  if (from < 0 || to < 0) return null;
  try {
    const figures = JSON.parse(page.slice(from + BEGIN.length, to));
    const isOurs = figures?.format === FORMAT && figures.version === 1 && Array.isArray(figures.rows);
    return isOurs ? { headline: figures.headline, rows: figures.rows } : null;
  } catch {
    return null;
  }
}
