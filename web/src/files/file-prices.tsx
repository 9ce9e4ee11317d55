/** Floor 7. Prices of the user's own files: a place to drop them, what each is of, and what came of it. */
import { formatNames } from 'poolgrad/browser';
import { busy, type Chosen, chosen, format, look, said, takePrices } from './opening.js';

/** Takes what is dropped on it, or chosen. */
export function FileDrop({ label, accept }: { readonly label: string; readonly accept: string }) {
  return (
    <label
      class="drop"
      onDragOver={(e) => e.preventDefault()}
      onDrop={(e) => {
        e.preventDefault();
        void look([...(e.dataTransfer?.files ?? [])]);
      }}
    >
      <span>{label}</span>
      <input
        type="file"
        multiple
        accept={accept}
        onChange={(e) => {
          void look([...(e.currentTarget.files ?? [])]);
          e.currentTarget.value = '';
        }}
      />
    </label>
  );
}

/** What is done with files, and what came of it. */
export function FileNews() {
  const news = said.value;
  return (
    <div aria-live="polite">
      {busy.value !== null && <p class="doc">{busy.value} …</p>}
      {news !== null && (
        <p class={news.isFault ? 'fault lines' : 'doc lines'} role={news.isFault ? 'alert' : undefined}>
          {news.text}
        </p>
      )}
    </div>
  );
}

const change = (i: number, asset: string): void => {
  chosen.value = chosen.value.map((c, k) => (k === i ? { ...c, asset } : c));
};

function Files({ files }: { readonly files: readonly Chosen[] }) {
  const fitting = files.flatMap(({ signs }) => signs.formats);
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        void takePrices();
      }}
    >
      {files.map(({ file, asset }, i) => (
        <div key={file.name} class="setting">
          <label for={`asset-${i}`}>Asset in {file.name}</label>
          <input id={`asset-${i}`} value={asset} required onInput={(e) => change(i, e.currentTarget.value)} />
        </div>
      ))}
      {fitting.length > 0 && (
        <div class="setting">
          <label for="format">Columns as</label>
          <select
            id="format"
            value={format.value ?? ''}
            onChange={(e) => {
              format.value = formatNames.find((name) => name === e.currentTarget.value) ?? null;
            }}
          >
            {formatNames.map((name) => (
              <option key={name} value={name}>
                {name}
                {fitting.includes(name) ? ', fits' : ''}
              </option>
            ))}
          </select>
        </div>
      )}
      <button type="submit" disabled={busy.value !== null}>
        Take these prices
      </button>
    </form>
  );
}

export function FilePrices() {
  return (
    <div class="files">
      <FileDrop
        label="Drop candles here (CSV, gzip, ZIP, Feather, Parquet), one file an asset, or a dataset (Arrow); or choose them"
        accept=".csv,.gz,.zip,.txt,.tsv,.arrow,.feather,.parquet"
      />
      {chosen.value.length > 0 && <Files files={chosen.value} />}
      <FileNews />
    </div>
  );
}
