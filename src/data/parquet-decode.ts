/** Floor 4. What hyparquet makes of the bytes of a Parquet file. */
import type { Compressors, SchemaElement } from 'hyparquet';

/** A column at the top of the schema. */
export interface ParquetColumn {
  readonly element: SchemaElement;
  readonly children: number;
}

/** The cells of a column from a row on, as hyparquet makes them. */
export interface ParquetChunk {
  readonly columnName: string;
  readonly rowStart: number;
  readonly columnData: ArrayLike<unknown>;
}

export interface ParquetContent {
  readonly rows: number;
  readonly columns: readonly ParquetColumn[];
  readonly chunks: readonly ParquetChunk[];
}

/** Seconds that a file may take, and what each megabyte of it adds; on one core a megabyte takes a tenth of a second. */
const SECONDS = 15;
const SECONDS_PER_MEGABYTE = 2;
/** After which a file is given up by who decodes it where that can be ended. */
export const parquetSeconds = (bytes: Uint8Array): number =>
  Math.ceil(SECONDS + (SECONDS_PER_MEGABYTE * bytes.length) / 2 ** 20);

/** What a file is that was given up then. */
export const parquetGivenUp = (seconds: number): Error => new Error(`one that takes more than ${seconds} s to read`);

/**
 * All columns that are not nested. Decimals are left as they are stored (hyparquet multiplies them by a power of ten, which is
 * off in the last bits), columns that hold others are left out. Throws Error where the file is not whole.
 *
 * Its text runs in a thread too (parquet-reader.ts): it may use nothing of this module but what it is given.
 */
export async function decodeParquet(
  { parquetMetadata, parquetRead, parquetSchema }: typeof import('hyparquet'),
  compressors: Compressors,
  file: ArrayBuffer,
): Promise<ParquetContent> {
  const isDecimal = (e: SchemaElement) => e.converted_type === 'DECIMAL' || e.logical_type?.type === 'DECIMAL';
  const isFlat = ({ element: e, children }: ParquetColumn) =>
    children === 0 &&
    e.repetition_type !== 'REPEATED' &&
    e.converted_type !== 'BSON' &&
    e.converted_type !== 'INTERVAL';
  try {
    const metadata = parquetMetadata(file);
    const columns = parquetSchema(metadata).children.map(({ element, children }) => ({
      element,
      children: children.length,
    }));
    const schema = metadata.schema.map((e) =>
      isDecimal(e) ? { ...e, converted_type: undefined, logical_type: undefined } : e,
    );
    const chunks: ParquetChunk[] = [];
    await parquetRead({
      file,
      metadata: { ...metadata, schema },
      columns: columns.filter(isFlat).map((c) => c.element.name),
      compressors,
      utf8: false,
      onChunk: ({ columnName, rowStart, columnData }) => {
        chunks.push({ columnName, rowStart, columnData });
      },
    });
    const rows = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
    return { rows, columns, chunks };
  } catch (error) {
    // a plain Error is the reader's word; any other, or one about what is undefined, is what it did not expect
    const told = error instanceof Error && error.name === 'Error' && !error.message.includes('undefined');
    throw told ? error : new Error('parts that do not fit together');
  }
}
