/** Floor 4. Prices of whatever files a page was given: datasets, or candles that have to be joined. */
import { fileName } from '../file-name.js';
import { readArrowTable } from './column-table.js';
import { readFirstLines } from './csv.js';
import { isHeader } from './csv-head.js';
import type { Dataset } from './dataset.js';
import { datasetOf, isDatasetTable } from './dataset-form.js';
import { formatsThatFit } from './fit.js';
import type { FormatName } from './formats.js';
import { type ImportOptions, type ImportSource, importSources } from './import.js';
import { importReportText } from './import-text.js';
import { marketsOf } from './markets.js';
import { detectContainer } from './series.js';
import type { Source } from './source.js';

/** What a file seems to hold, for a form to begin with. */
export interface FileSigns {
  /** By the file's name; null where that does not tell. */
  readonly asset: string | null;
  /** Formats that fit the first rows of a text whose header does not name them; none where nobody has to choose. */
  readonly formats: readonly FormatName[];
}

/** Throws a UserError where the file cannot be read. */
export async function signsOf(source: Source): Promise<FileSigns> {
  const text = (await detectContainer(source)) === 'text';
  const { rows } = text ? await readFirstLines(source, {}) : { rows: [] };
  const formats = rows.length === 0 || isHeader(rows[0]) ? [] : formatsThatFit(rows);
  return { asset: assetOf(source.path), formats };
}

function assetOf(path: string): string | null {
  try {
    return marketsOf([{ asset: null, path }])[0].asset;
  } catch {
    return null;
  }
}

export interface OpenedPrices {
  readonly dataset: Dataset;
  /** The account of it, as `poolgrad data import` prints it. */
  readonly text: string;
  /** What is wrong with the prices as a market's. */
  readonly warnings: readonly string[];
}

/** As the command line has them where nothing is said. */
const DEFAULTS: ImportOptions = { columns: {}, volumeUnit: 'base', span: 'intersection', fill: 'forward' };

/** One dataset of the files. Throws a UserError as `readDataset` and `importSources` do. */
export async function openPrices(
  files: readonly ImportSource[],
  options: Partial<ImportOptions> = {},
): Promise<OpenedPrices> {
  const [{ source } = { source: null }] = files;
  if (source !== null && files.length === 1 && (await detectContainer(source)) === 'arrow') {
    const table = await readArrowTable(source);
    if (isDatasetTable(table)) {
      const dataset = datasetOf(table, fileName(source.path));
      return { dataset, text: importReportText(dataset, []), warnings: [] };
    }
  }
  const { dataset, report, warnings } = await importSources(files, { ...DEFAULTS, ...options });
  return { dataset, text: importReportText(dataset, report, warnings), warnings };
}
