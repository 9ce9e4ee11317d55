/** Floor 5. The page of a study: all claims with their verdicts, then each with its experiment, figures and pictures. */
import { type Kit, loadKit } from '../../evaluate/report/chart.js';
import { factList, htmlDocument, section } from '../../evaluate/report/document.js';
import { type Html, html } from '../../evaluate/report/html.js';
import { type Figure, type Finding, verdictText } from '../claim.js';
import { figureText, inUnit } from '../text.js';
import { chartOf } from './charts.js';

export interface StudyPage {
  readonly findings: readonly Finding[];
  readonly facts: readonly (readonly [string, string])[];
  readonly version: string;
  readonly generated: string;
}

/** More figures than this are folded away. */
const SHOWN = 12;

const overview = (findings: readonly Finding[]): Html =>
  html`<div class="scroll"><table class="stacks"><thead><tr><th scope="col">printed</th><th scope="col">found</th></tr></thead><tbody>${findings.map(
    (f) => html`<tr><th scope="row"><a href="#${f.id}">${f.id}</a><span class="note">${f.sentence}</span></th>
      <td data-label="found"><b>${f.verdict}</b></td></tr>`,
  )}</tbody></table></div>`;

const figureRow = (f: Figure): Html =>
  html`<tr><th scope="row">${f.name}</th><td data-label="found">${figureText(f)}</td><td data-label="printed">${
    f.printed === undefined ? '' : inUnit(f.printed, f.unit)
  }</td></tr>`;

function figureTable(figures: readonly Figure[]): Html | false {
  if (figures.length === 0) return false;
  const table = html`<div class="scroll"><table class="stacks"><thead><tr><th scope="col">figure</th><th scope="col">found</th><th scope="col">printed</th></tr></thead><tbody>${figures.map(figureRow)}</tbody></table></div>`;
  return figures.length <= SHOWN
    ? table
    : html`<details><summary>All ${figures.length} figures</summary>${table}</details>`;
}

function claimSection(kit: Kit, f: Finding): Html | false {
  const held = f.cases.filter((c) => c.holds).length;
  return section(
    f.id,
    html`<div id="${f.id}">
      <p class="verdict">${verdictText(f)}</p>
      <p class="choice">${f.says}</p>
      <p class="hint">Experiment: ${f.experiment}</p>
      <p class="hint">Printed in ${f.source}. It holds in ${held} of ${f.cases.length} cases.</p>
      ${f.charts.length > 0 && html`<div class="pair">${f.charts.map((chart) => chartOf(kit, chart))}</div>`}
      ${figureTable(f.figures)}
    </div>`,
    f.sentence,
  );
}

/** One HTML document that needs nothing else. */
export async function renderStudy({ findings, facts, version, generated }: StudyPage): Promise<string> {
  const kit = await loadKit();
  return htmlDocument(
    'Claims of the HMM papers',
    html`<header>
        <p class="overline">poolgrad · study hmm-paper</p>
        <h1>Claims of the HMM papers</h1>
        <p class="subtitle">Sentences of the papers on Hamiltonian market makers, each with the experiment that shows whether and where it holds.</p>
      </header>
      <main>
        ${section('Verdicts', overview(findings))}
        ${findings.map((f) => claimSection(kit, f) || html``)}
        ${section('Facts', factList(facts))}
      </main>
      <footer>poolgrad ${version} · ${generated}</footer>`,
  );
}
