/** Floor 7. The page: restores what its link says, and keeps the link of what it shows. */
import { render } from 'preact';
import { followLinks, restored } from './address.js';
import { startAnswers } from './engine/answers.js';
import { keepFiles } from './host.js';
import { followFolder } from './runs/folder.js';
import { startTheme } from './theme.js';
import { App } from './views/app.js';

startTheme();
await restored();
startAnswers();
followLinks();
followFolder();
const page = document.getElementById('page') as HTMLElement;
page.replaceChildren();
render(<App />, page);
keepFiles();
