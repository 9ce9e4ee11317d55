/** Floor 7. A list of files of the folder as a table: its head, and when a file was written. */
import type { ComponentChildren } from 'preact';
import { ago } from './words.js';

interface Props {
  readonly heads: readonly Head[];
  readonly children: ComponentChildren;
}

interface Head {
  readonly title: string;
  /** For those only who hear it: what is below shows what it is. */
  readonly isUnseen?: boolean;
}

export const List = ({ heads, children }: Props) => (
  <table class="list">
    <thead>
      <tr>
        {heads.map(({ title, isUnseen }) => (
          <th key={title} scope="col">
            {isUnseen === true ? <span class="unseen">{title}</span> : title}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>{children}</tbody>
  </table>
);

/** @param at ms since 1970 */
export const Written = ({ at }: { readonly at: number }) => (
  <td data-label="Written">
    <time dateTime={new Date(at).toISOString()}>{ago(at)}</time>
  </td>
);
