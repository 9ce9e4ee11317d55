/** Floor 7. The numbers that train, each of them one column among the raw parameters, with its name and unit for people. */
import { type ParameterLayout, shownUnit } from 'poolgrad/browser';
import { words } from '../words.js';

/** One number that trains. */
export interface Column {
  /** Among all raw parameters. */
  readonly column: number;
  /** Of its parameter in the layout, `momentum.memoryDays`, and which of its numbers it is. */
  readonly name: string;
  readonly index: number;
  /** Of its parameter as on its sliders, `Memory days`; with its model where two have the same name. */
  readonly title: string;
  /** `Memory days, BTC` */
  readonly label: string;
  /** As `formatQuantity` reads it. */
  readonly unit: string;
  readonly doc: string;
  /** Whether it is one of shares that add up to 1, and of how many. */
  readonly isShare: boolean;
  readonly size: number;
}

export function trainedColumns({ entries }: ParameterLayout, trainable: Uint8Array): Column[] {
  const keyOf = (name: string) => name.slice(name.indexOf('.') + 1);
  const isTwice = (name: string) => entries.filter((entry) => keyOf(entry.name) === keyOf(name)).length > 1;
  return entries
    .filter(({ column, size }) => size > 0 && trainable[column] === 1)
    .flatMap(({ name, column, size, labels, parameter }) => {
      const key = words(keyOf(name));
      const title = isTwice(name) ? `${key} of ${name.slice(0, name.indexOf('.'))}` : key;
      const isShare = parameter.transform.simplex === true;
      return Array.from({ length: size }, (_, index) => ({
        column: column + index,
        name,
        index,
        title,
        label: labels.length === 0 ? title : `${title}, ${labels[index]}`,
        unit: shownUnit(parameter),
        doc: parameter.doc,
        isShare,
        size,
      }));
    });
}

/** Values of these columns in one set: [columns]. @param raw of all columns of the set */
export function valuesOf(layout: ParameterLayout, columns: readonly Column[], raw: ArrayLike<number>): Float64Array {
  const values = layout.values(raw);
  return Float64Array.from(columns, ({ name, index }) => values[name][index]);
}
