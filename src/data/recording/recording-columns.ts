/** Floor 4. What tells the file of a recording. */
import type { ColumnTable } from '../column-table.js';

/** Metadata of our files: the asset, and after a tab the currency of its prices where that is known. */
export const MARKET_KEY = 'poolgrad.recording';

/** What a table of trades has beside its timestamp, and one of tops. */
export const TRADE_COLUMNS = ['side', 'price', 'size'];
export const TOP_COLUMNS = ['bid', 'ask'];

/** Whether a table is a recording and not a dataset of prices. */
export const isRecordingTable = ({ names, metadata }: ColumnTable): boolean =>
  metadata.has(MARKET_KEY) ||
  (names.includes('timestamp') &&
    [TRADE_COLUMNS, TOP_COLUMNS].some((columns) => columns.every((c) => names.includes(c))));
