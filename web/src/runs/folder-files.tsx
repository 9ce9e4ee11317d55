/** Floor 7. Prices and configs of the folder, to be opened in the page; what it has that cannot be read. */
import type { Listing } from 'poolgrad/browser';
import { List, Written } from './list.js';
import { OpenButton } from './open.js';
import { bytes } from './words.js';

const KINDS = { dataset: 'dataset', prices: 'prices of an exchange', config: 'config' } as const;
const HEADS = [
  { title: 'File' },
  { title: 'Kind' },
  { title: 'Size' },
  { title: 'Written' },
  { title: 'Open', isUnseen: true },
];

export function FolderFiles({ listing: { files, damaged, notes } }: { readonly listing: Listing }) {
  return (
    <section aria-labelledby="files-title">
      <h2 id="files-title">Prices and configs</h2>
      {files.length === 0 ? (
        <p class="doc">
          None in this folder: <code>poolgrad data import</code> and <code>poolgrad init</code> write them.
        </p>
      ) : (
        <List heads={HEADS}>
          {files.map(({ path, kind, size, modified }) => (
            <tr key={path}>
              <th scope="row">{path}</th>
              <td data-label="Kind">{KINDS[kind]}</td>
              <td data-label="Size">{bytes(size)}</td>
              <Written at={modified} />
              <td>{kind === 'dataset' && <OpenButton path={path} />}</td>
            </tr>
          ))}
        </List>
      )}
      {damaged.map(({ path, error }) => (
        <p class="fault" key={path}>
          {error.includes(path) ? error : `${path}: ${error}`}
        </p>
      ))}
      {notes.map((note) => (
        <p class="doc" key={note}>
          {note}.
        </p>
      ))}
    </section>
  );
}
