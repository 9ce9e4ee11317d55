/** Floor 7. The whole page: head with tabs, the form, and the panel that is open. */
import { linkFault } from '../address.js';
import { fault } from '../engine/answers.js';
import { actions, panels } from '../panels.js';
import { view } from '../state.js';
import { nextTheme, theme } from '../theme.js';
import { ConfigForm } from './config-form.js';
import { Fault, isShownElsewhere } from './fault.js';

const THEME_TEXT = { system: 'as the system', light: 'light', dark: 'dark' } as const;

function Tabs() {
  const open = view.value.panel;
  return (
    <nav class="tabs" aria-label="Panels">
      {panels.map(({ id, title }) => (
        <button
          key={id}
          type="button"
          aria-current={id === open ? 'page' : undefined}
          onClick={() => {
            view.value = { ...view.value, panel: id };
          }}
        >
          {title}
        </button>
      ))}
    </nav>
  );
}

function Head() {
  return (
    <header class="head">
      <a class="name" href="./" aria-label="poolgrad, start anew">
        poolgrad
      </a>
      <Tabs />
      <div class="actions">
        {actions.map((Action, i) => (
          <Action key={i} />
        ))}
        <button type="button" class="quiet" onClick={nextTheme}>
          Colours: {THEME_TEXT[theme.value]}
        </button>
      </div>
    </header>
  );
}

export function App() {
  const panel = panels.find(({ id }) => id === view.value.panel) ?? panels[0];
  const general = fault.value !== null && !isShownElsewhere(fault.value) ? fault.value : null;
  return (
    <>
      <a class="skip" href="#main">
        To the figures
      </a>
      <Head />
      {linkFault.value !== null && (
        <p class="fault" role="alert">
          {linkFault.value}
        </p>
      )}
      {general !== null && <Fault failure={general} />}
      <div class={panel.isAlone === true ? 'layout alone' : 'layout'}>
        <main id="main" class="now" aria-label={panel.title}>
          <panel.head />
        </main>
        {panel.isAlone !== true && (
          <aside class="form" aria-label="Config">
            <ConfigForm />
          </aside>
        )}
        {panel.more !== undefined && (
          <div class="more">
            <panel.more />
          </div>
        )}
      </div>
      <footer class="foot">
        Everything is computed in this page; nothing that you load leaves your machine. Drawn and shipped prices are
        synthetic: what a pool earns there says nothing about any market.
      </footer>
    </>
  );
}
