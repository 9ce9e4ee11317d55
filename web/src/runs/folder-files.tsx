/** Floor 7. Prices and configs of the folder, to be opened in the page; what it has that cannot be read. */
import type { Listing } from 'poolgrad/browser';
import { OpenButton } from './open.js';
import { ago, bytes } from './words.js';

const KINDS = { dataset: 'dataset', prices: 'prices of an exchange', config: 'config' } as const;

export function FolderFiles({ listing: { files, damaged, notes } }: { readonly listing: Listing }) {
  return (
    <section aria-labelledby="files-title">
      <h2 id="files-title">Prices and configs</h2>
      {files.length === 0 ? (
        <p class="doc">
          None in this folder: <code>poolgrad data import</code> and <code>poolgrad init</code> write them.
        </p>
      ) : (
        <table class="list">
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col">Kind</th>
              <th scope="col">Size</th>
              <th scope="col">Written</th>
              <th scope="col">
                <span class="unseen">Open</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {files.map(({ path, kind, size, modified }) => (
              <tr key={path}>
                <th scope="row">{path}</th>
                <td data-label="Kind">{KINDS[kind]}</td>
                <td data-label="Size">{bytes(size)}</td>
                <td data-label="Written">
                  <time dateTime={new Date(modified).toISOString()}>{ago(modified)}</time>
                </td>
                <td>{kind === 'dataset' && <OpenButton path={path} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
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
