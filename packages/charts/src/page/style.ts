import { OKABE_ITO } from "../palette.ts";

/** Looks of a page with charts, light or dark as the reader's screen is. System fonts only: nothing is loaded. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #dfe3e8; --paper: #fff; --back: #f5f6f8;
  --orange: ${OKABE_ITO.orange}; --sky-blue: ${OKABE_ITO.skyBlue}; --green: ${OKABE_ITO.green}; --blue: ${OKABE_ITO.blue};
  --vermilion: ${OKABE_ITO.vermilion}; --purple: ${OKABE_ITO.purple}; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ee; --soft: #9aa5b4; --line: #333b47; --paper: #1b2028; --back: #12161c;
    --orange: #f0b429; --green: #2cc295; --blue: #4aa8e8; --sky-blue: #9ad4f7; --vermilion: #f0803c; --purple: #dfa0c4; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 32px 20px 64px; }
header p { color: var(--soft); margin: 0; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 20px; margin: 0 0 4px; }
h3 { font-size: 14px; margin: 8px 0 0; color: var(--soft); text-transform: uppercase; letter-spacing: .06em; }
section, footer { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 20px 24px; margin-top: 20px; }
section > p { color: var(--soft); margin: 0 0 12px; max-width: 80ch; }
.warning { border-left: 6px solid var(--vermilion); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 14px; margin-top: 20px; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 14px 18px; display: flex; flex-direction: column; }
.card strong { font-size: 28px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.card small { color: var(--soft); }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 20px 32px; }
.panels > div { min-width: 0; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 14px; margin-bottom: 4px; }
.legend span { display: inline-flex; align-items: center; gap: 7px; }
figure { margin: 0; }
figure > div { overflow-x: auto; padding-top: 14px; }
figure svg { display: block; width: 100%; height: auto; min-width: 380px; }
figure.wide svg { min-width: 720px; }
figure.square svg { max-width: 760px; min-width: 480px; }
figcaption { color: var(--soft); font-size: 14px; max-width: 80ch; margin-top: 6px; }
details { margin-top: 6px; font-size: 14px; }
summary { cursor: pointer; color: var(--soft); }
.scroll { overflow-x: auto; max-height: 420px; overflow-y: auto; margin-top: 8px; }
table { border-collapse: collapse; font-size: 14px; }
th, td { text-align: left; padding: 3px 14px 3px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { position: sticky; top: 0; background: var(--paper); font-weight: 600; }
th.n, td.n { font-variant-numeric: tabular-nums; text-align: right; padding-left: 10px; }
section:has(h2 + .scroll) .scroll { max-height: none; }
ul { margin: 6px 0 0; padding-left: 20px; }
footer { font-size: 14px; color: var(--soft); }
@media (max-width: 600px) {
  main { padding: 20px 10px 40px; }
  section, footer { padding: 16px 14px; }
  h1 { font-size: 24px; }
  .cards { grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 10px; }
  .card { padding: 10px 12px; }
  .card strong { font-size: 22px; }
}
`;
