// The pages of `cutover serve`. Types of what the server sends come from `src` by `import type`; code comes from
// `src/kernel` and `src/wire` only. A screen is a file in `screens/` and a row of `screens/index.ts`; what several show is
// in `parts/`; what is known, and how it comes, is in `state/`, a signal for each thing that changes by itself.
import { render } from 'preact';
import { App, askWho } from './app.tsx';

const root = document.getElementById('app');
// What the page says until this script is there.
root?.replaceChildren();
if (root !== null) render(<App />, root);
void askWho();
