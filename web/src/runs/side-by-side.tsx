/** Floor 7. Checkpoints side by side: their figures, what differs in their configs, their trainings, their reports. */
import { useSignal } from '@preact/signals';
import { type CheckpointEntry, formatMetric, type HistoryEntry, type Listing, metricLabel } from 'poolgrad/browser';
import { useEffect } from 'preact/hooks';
import { chosen } from './checkpoints.js';
import { TrainingCurves } from './curves.js';
import { differences } from './differences.js';
import { fileUrl, reportUrl } from './folder.js';
import { curvesOf } from './run.js';

/** What is read of a checkpoint's file. */
interface Content {
  readonly config: object;
  readonly history: readonly HistoryEntry[];
}

/** The contents of the files, in their order; null until all have come. */
function useContents(entries: readonly CheckpointEntry[]): readonly Content[] | null {
  const contents = useSignal<{ readonly of: string; readonly read: readonly Content[] } | null>(null);
  const key = entries.map(({ path, modified }) => `${path} ${modified}`).join('\n');
  // the key says which files, and of when
  useEffect(() => {
    let isWanted = true;
    const read = async ({ path }: CheckpointEntry): Promise<Content> => {
      const { config, state } = await (await fetch(fileUrl(path))).json();
      return { config, history: state.history };
    };
    void Promise.all(entries.map(read)).then((all) => {
      if (isWanted) contents.value = { of: key, read: all };
    });
    return () => {
      isWanted = false;
    };
  }, [key]);
  return contents.value?.of === key ? contents.value.read : null;
}

interface TableProps {
  readonly title: string;
  readonly first: string;
  readonly entries: readonly CheckpointEntry[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly string[] }[];
}

function Table({ title, first, entries, rows }: TableProps) {
  return (
    <table class="beside">
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">{first}</th>
          {entries.map(({ path }) => (
            <th scope="col" key={path}>
              {path}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, cells }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {cells.map((cell, i) => (
              <td key={entries[i].path}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Figures of the tuned pools on their test splits, as their reports have them. */
function Figures({ entries, listing }: { readonly entries: readonly CheckpointEntry[]; readonly listing: Listing }) {
  const figures = entries.map(({ report }) => listing.reports.find(({ path }) => path === report)?.figures ?? null);
  const known = figures.filter((f) => f !== null);
  const values = figures.map((f) => f?.rows[0]?.values ?? {});
  const names = [
    ...new Set([...known.map(({ headline }) => headline.metric), ...values.flatMap((row) => Object.keys(row))]),
  ].filter((name) => values.some((row) => row[name] != null));
  const show = (metric: string, value: number | null | undefined) =>
    value === undefined ? '' : formatMetric(metric, value);
  const rows = [
    { name: 'Models', cells: entries.map(({ title }) => title) },
    { name: 'Assets', cells: entries.map(({ assets }) => assets.join(', ')) },
    {
      name: 'Validation',
      cells: entries.map((e) => `${formatMetric(e.objective, e.validation)} ${e.objective}`),
    },
    { name: 'Iterations', cells: entries.map((e) => `${e.iteration} of ${e.iterations}`) },
    ...names.map((name) => ({ name: metricLabel(name), cells: values.map((row) => show(name, row[name])) })),
  ];
  const without = entries.filter((_, i) => figures[i] === null);
  return (
    <>
      <Table title="Figures, on the test splits of the reports" first="Figure" entries={entries} rows={rows} />
      {without.map(({ path, report }) => (
        <p class="doc" key={path}>
          {path} has no {report === null ? 'report' : 'figures in its report'}: <code>poolgrad evaluate {path}</code>{' '}
          writes
          {report === null ? ' one' : ' them'}.
        </p>
      ))}
    </>
  );
}

function Report({ path, report }: CheckpointEntry) {
  if (report === null) return null;
  return (
    <section class="report" aria-label={`Report of ${path}`}>
      <h3>
        {report}{' '}
        <a class="quiet" href={reportUrl(report)}>
          alone
        </a>
      </h3>
      <iframe src={reportUrl(report)} sandbox="allow-scripts" title={`Report of ${path}`} />
    </section>
  );
}

export function SideBySide({ listing }: { readonly listing: Listing }) {
  const entries = chosen.value
    .map((path) => listing.checkpoints.find((entry) => entry.path === path))
    .filter((entry) => entry !== undefined);
  const contents = useContents(entries);
  if (entries.length === 0) return null;
  const [first] = entries;
  const differing = contents === null ? [] : differences(contents.map(({ config }) => config));
  return (
    <section aria-labelledby="beside-title">
      <h2 id="beside-title">{entries.length === 1 ? first.path : 'Side by side'}</h2>
      <Figures entries={entries} listing={listing} />
      {entries.length > 1 && contents !== null && (
        <Table
          title={differing.length === 0 ? 'Their configs are the same' : 'What differs in their configs'}
          first="Entry"
          entries={entries}
          rows={differing.map(({ path, texts }) => ({ name: path, cells: texts }))}
        />
      )}
      {contents !== null && (
        <div class="pair">
          {contents.map(({ history }, i) => (
            <section key={entries[i].path} aria-label={`Training of ${entries[i].path}`}>
              <h3>{entries[i].path}</h3>
              <TrainingCurves curves={curvesOf(history)} metric={entries[i].objective} />
            </section>
          ))}
        </div>
      )}
      <div class="pair">
        {entries.map((entry) => (
          <Report key={entry.path} {...entry} />
        ))}
      </div>
    </section>
  );
}
