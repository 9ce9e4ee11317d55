/** Floor 4. What the readers of columnar containers have in common. */

/** What a container tells of a file. */
export interface Columns {
  readonly names: readonly string[];
  readonly rows: number;
  readonly metadata: ReadonlyMap<string, string>;
  /** The cells of column `c`. Throws Error where the file is damaged. */
  column(c: number): Column;
}

export interface Column {
  /** What its cells are: numbers, times in ms, texts of either, `true` and `false` as texts; null for what is none of them. */
  readonly kind: 'number' | 'time' | 'text' | 'boolean' | null;
  /** The type that the file gives it, in words. */
  readonly type: string;
  /** `rows` of them. */
  readonly cells: Iterable<Cell>;
}

export type Cell = number | bigint | string | null | undefined;
