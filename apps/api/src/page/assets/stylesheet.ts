/** How all pages look. Colours are named by what they are for; the dark ones replace them. */
export const STYLESHEET_TEXT = `:root {
  color-scheme: light dark;
  --ground: #f6f5f1;
  --sheet: #fffefc;
  --sunk: #edebe4;
  --ink: #1c2024;
  --soft: #555d65;
  --line: #dad7ce;
  --edge: #8b877b;
  --accent: #0a5a58;
  --accent-strong: #063f3e;
  --on-accent: #ffffff;
  --good: #17562f;
  --good-ground: #e2f1e6;
  --warn: #6b4700;
  --warn-ground: #fcefd3;
  --bad: #8c1d18;
  --bad-ground: #fbe7e4;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  --xs: .8125rem;
  --s: .9375rem;
  --m: 1rem;
  --l: 1.25rem;
  --xl: 1.75rem;
  --radius: .5rem;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #13171a;
    --sheet: #1a1f23;
    --sunk: #232a2f;
    --ink: #e9e8e4;
    --soft: #a9b2ba;
    --line: #313a41;
    --edge: #78838c;
    --accent: #7fd3c9;
    --accent-strong: #a9e6de;
    --on-accent: #0b2523;
    --good: #9adbaf;
    --good-ground: #17321f;
    --warn: #f0cd84;
    --warn-ground: #382b0f;
    --bad: #f6b3aa;
    --bad-ground: #421f1c;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0;
  min-height: 100vh;
  display: flex;
  flex-direction: column;
  background: var(--ground);
  color: var(--ink);
  font: var(--m)/1.5 var(--sans);
}
[hidden] { display: none !important; }
h1, h2, h3, p, ul, ol, dl, dd, figure, pre { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h1 { font-size: var(--xl); line-height: 1.2; letter-spacing: -.015em; overflow-wrap: anywhere; }
h2 { font-size: var(--l); line-height: 1.3; letter-spacing: -.01em; }
h3 { font-size: var(--m); line-height: 1.4; }
a { color: var(--accent); text-underline-offset: .18em; text-decoration-thickness: 1px; }
a:hover { color: var(--accent-strong); text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .25rem; }
main:focus { outline: none; }
code, pre, .mono { font-family: var(--mono); font-size: .92em; }
.unseen {
  position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
.skip { position: absolute; left: 1rem; top: -4rem; z-index: 2; padding: .6rem 1rem; background: var(--accent); color: var(--on-accent); border-radius: 0 0 var(--radius) var(--radius); }
.skip:focus { top: 0; color: var(--on-accent); }

.top { background: var(--sheet); border-bottom: 1px solid var(--line); }
.bar { max-width: 72rem; margin: 0 auto; padding: 0 1.5rem; display: flex; align-items: center; gap: .25rem 1.75rem; flex-wrap: wrap; }
.brand { display: inline-flex; align-items: center; gap: .55rem; min-height: 3.5rem; color: var(--ink); font-weight: 680; letter-spacing: -.01em; text-decoration: none; }
.brand:hover { color: var(--ink); }
.mark-side { fill: var(--accent); }
.mark-top { fill: color-mix(in srgb, var(--accent) 45%, var(--sheet)); }
nav[aria-label="Pages"] { flex: 1; min-width: 0; }
nav[aria-label="Pages"] ul { display: flex; flex-wrap: wrap; gap: 0 1.25rem; }
nav[aria-label="Pages"] a { display: inline-flex; align-items: center; min-height: 3.5rem; color: var(--soft); text-decoration: none; border-bottom: 2px solid transparent; border-top: 2px solid transparent; font-size: var(--s); }
nav[aria-label="Pages"] a:hover { color: var(--ink); }
nav[aria-label="Pages"] a[aria-current] { color: var(--ink); border-bottom-color: var(--accent); font-weight: 600; }
.account { display: flex; align-items: center; gap: .9rem; font-size: var(--s); }
.account a { display: inline-flex; align-items: center; min-height: 2.75rem; }
.who { max-width: 14rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--soft); }

main { flex: 1; width: 100%; max-width: 72rem; margin: 0 auto; padding: 2.25rem 1.5rem 4rem; }
.foot { border-top: 1px solid var(--line); color: var(--soft); font-size: var(--xs); padding: 1.1rem 0; display: flex; flex-wrap: wrap; gap: .25rem 2rem; justify-content: space-between; max-width: 69rem; width: calc(100% - 3rem); margin: 0 auto; }
.foot a { margin-left: 1rem; color: var(--soft); }
.foot a:first-child { margin-left: 0; }

.head { margin-bottom: 1.75rem; }
.head h1.mono { font-family: var(--mono); font-weight: 650; font-size: calc(var(--xl) * .94); }
.lead { color: var(--soft); max-width: 46rem; margin-top: .5rem; overflow-wrap: anywhere; }
.wrap { overflow-wrap: anywhere; }
.prose { overflow-wrap: anywhere; max-width: 46rem; }
.prose > * + * { margin-top: .7rem; }
.prose h3, .prose h4, .prose h5, .prose h6 { font-size: var(--m); line-height: 1.4; }
.prose h3:not(:first-child), .prose h4:not(:first-child) { margin-top: 1.2rem; }
.prose ul { list-style: disc; padding-left: 1.3rem; }
.prose ol { list-style: decimal; padding-left: 1.6rem; }
.prose li + li { margin-top: .25rem; }
.prose pre { padding: .7rem .9rem; background: var(--sunk); border-radius: var(--radius); overflow-x: auto; overflow-wrap: normal; font-size: var(--xs); line-height: 1.6; }
.prose pre code { font-size: inherit; }
.prose blockquote { margin: 0; padding-left: .9rem; border-left: 3px solid var(--line); color: var(--soft); }
.prose hr { border: 0; border-top: 1px solid var(--line); }
.told { white-space: pre-line; overflow-wrap: anywhere; }
.title { font-size: var(--l); margin-top: .35rem; overflow-wrap: anywhere; }
.crumbs { font-size: var(--s); margin-bottom: .6rem; color: var(--soft); overflow-wrap: anywhere; }
.crumbs a { font-family: var(--mono); font-size: .95em; }
.facts { display: flex; flex-wrap: wrap; gap: .4rem .6rem; align-items: center; margin-top: .8rem; color: var(--soft); font-size: var(--s); }
section { margin-top: 2.25rem; }
section > h2 { margin-bottom: .9rem; }
.two { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 27rem); gap: 2rem; align-items: start; }
.two > *, .two > div > section:first-child { margin-top: 0; }
.quiet { color: var(--soft); font-size: var(--s); }
.small { font-size: var(--xs); color: var(--soft); }

form[role=search] { display: flex; gap: .6rem; margin-bottom: 1.25rem; max-width: 36rem; }
form[role=search] input { flex: 1; }
label { display: block; font-weight: 600; font-size: var(--s); margin-bottom: .3rem; }
label .hint { font-weight: 400; color: var(--soft); }
input, select, textarea {
  width: 100%; min-width: 0; min-height: 2.75rem; padding: .5rem .8rem; font: inherit; color: var(--ink);
  background: var(--sheet); border: 1px solid var(--edge); border-radius: var(--radius);
}
input::placeholder { color: var(--soft); opacity: 1; }
input[type=checkbox] { width: 1.15rem; min-height: 1.15rem; height: 1.15rem; accent-color: var(--accent); }
textarea { min-height: 5.5rem; resize: vertical; }
textarea.mono { font-size: var(--s); }
button, .button {
  display: inline-flex; align-items: center; justify-content: center; min-height: 2.75rem; padding: .45rem 1.1rem; font: inherit; font-weight: 600; font-size: var(--s);
  color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent); border-radius: var(--radius); cursor: pointer; text-decoration: none; white-space: nowrap;
}
button:hover, .button:hover { background: var(--accent-strong); border-color: var(--accent-strong); color: var(--on-accent); }
button.second, .button.second { color: var(--ink); background: var(--sheet); border-color: var(--edge); }
button.second:hover, .button.second:hover { border-color: var(--ink); color: var(--ink); background: var(--sunk); }
button.risk { color: var(--bad); background: var(--sheet); border-color: currentColor; }
button.risk:hover { background: var(--bad-ground); color: var(--bad); border-color: currentColor; }
button.plain { color: var(--accent); background: none; border: 0; padding: 0; font-weight: 400; text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: .18em; }
button.plain:hover { color: var(--accent-strong); background: none; }
.fields { display: grid; gap: 1rem; max-width: 30rem; }
.inline { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; }
.between { display: flex; gap: 1rem; align-items: center; justify-content: space-between; }
.inline > div { flex: 1 1 11rem; }
.actions { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; }
.check { display: flex; gap: .6rem; align-items: center; font-weight: 400; margin: 0; min-height: 2rem; }
details > summary { cursor: pointer; font-weight: 600; font-size: var(--s); min-height: 2.75rem; display: flex; align-items: center; gap: .5rem; color: var(--accent); }
details > summary::before { content: "+"; font-family: var(--mono); width: 1ch; }
details[open] > summary::before { content: "–"; }
details > .inside { padding: .25rem 0 1rem; }

.sheet { background: var(--sheet); border: 1px solid var(--line); border-radius: calc(var(--radius) * 1.5); overflow: hidden; }
.sheet.pad, .pad { padding: 1.25rem 1.4rem; }
.rows > li { padding: 1rem 1.4rem; border-top: 1px solid var(--line); position: relative; }
.rows > li:first-child { border-top: 0; }
.row { display: grid; gap: .3rem 2rem; align-items: start; }
.images .row { grid-template-columns: minmax(0, 2.2fr) minmax(0, 1.1fr) minmax(0, 1.7fr); }
.images li:hover, .links li:hover { background: color-mix(in srgb, var(--sunk) 45%, var(--sheet)); }
.name { font-family: var(--mono); font-weight: 650; font-size: var(--m); overflow-wrap: anywhere; }
.name a { color: var(--ink); text-decoration: none; }
.name a::after { content: ""; position: absolute; inset: 0; }
.name a:hover { color: var(--accent); text-decoration: underline; }
.name a:focus-visible { outline: none; }
.name a:focus-visible::after { outline: 3px solid var(--accent); outline-offset: -3px; border-radius: var(--radius); }
.called { font-size: var(--s); overflow-wrap: anywhere; }
.about { color: var(--soft); font-size: var(--s); display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; overflow-wrap: anywhere; }
.cell { font-size: var(--s); min-width: 0; }
.cell > * + * { margin-top: .25rem; }
.key { color: var(--soft); font-size: var(--xs); margin-right: .45rem; }
.chips { display: flex; flex-wrap: wrap; gap: .3rem; }
.chip { font-family: var(--mono); font-size: var(--xs); line-height: 1.35; padding: .1rem .5rem; border: 1px solid var(--line); background: var(--ground); border-radius: 1rem; overflow-wrap: anywhere; }
.chip.alias { border-color: color-mix(in srgb, var(--accent) 45%, var(--line)); color: var(--accent); background: none; }
.badge { display: inline-flex; align-items: center; gap: .35rem; font-size: var(--xs); font-weight: 600; padding: .12rem .55rem; border-radius: 1rem; background: var(--sunk); color: var(--ink); white-space: nowrap; }
.badge.good { background: var(--good-ground); color: var(--good); }
.badge.warn { background: var(--warn-ground); color: var(--warn); }
.badge.bad { background: var(--bad-ground); color: var(--bad); }
.badge.busy::before { content: ""; width: .5rem; height: .5rem; border-radius: 50%; background: var(--accent); }
@media (prefers-reduced-motion: no-preference) {
  .badge.busy::before { animation: pulse 1.4s ease-in-out infinite; }
  @keyframes pulse { 50% { opacity: .25; } }
}
.pager { display: flex; gap: .75rem; margin-top: 1.25rem; align-items: center; justify-content: space-between; }
.count { color: var(--soft); font-size: var(--s); margin-bottom: .6rem; }

.note { border: 1px solid var(--line); border-left: 4px solid var(--accent); background: var(--sheet); border-radius: var(--radius); padding: .8rem 1.1rem; margin-bottom: 1.5rem; font-size: var(--s); overflow-wrap: anywhere; }
.note.warn { border-color: var(--warn); background: var(--warn-ground); color: var(--warn); }
.note.bad { border-color: var(--bad); background: var(--bad-ground); color: var(--bad); }
.note.good { border-color: var(--good); background: var(--good-ground); color: var(--good); }
.note a { color: inherit; }
.empty { padding: 2rem 1.6rem; }
.empty h2 { margin-bottom: .4rem; }
.empty p + *, .empty .command { margin-top: 1rem; }
.empty p { color: var(--soft); max-width: 42rem; }

.command { margin-top: .9rem; }
.command:first-child { margin-top: 0; }
.command > figcaption { display: flex; align-items: center; justify-content: space-between; gap: .75rem; min-height: 2rem; font-size: var(--s); font-weight: 600; }
.command > figcaption .quiet { font-weight: 400; }
.command pre { margin-top: .35rem; padding: .7rem .9rem; background: var(--sunk); border-radius: var(--radius); overflow-x: auto; font-size: var(--xs); line-height: 1.6; tab-size: 2; }
.copy { min-height: 2rem; padding: .15rem .7rem; font-size: var(--xs); font-weight: 500; color: var(--ink); background: var(--sheet); border-color: var(--edge); }
.copy:hover { color: var(--ink); background: var(--sunk); border-color: var(--ink); }
.digest { display: flex; align-items: center; gap: .6rem; min-width: 0; }
.digest code { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 0; font-size: var(--xs); }
.pairs { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .3rem 1.25rem; font-size: var(--s); align-items: baseline; }
.prose + .pairs { margin-top: 1.1rem; }
.pairs dt { color: var(--soft); }
.pairs dd { min-width: 0; overflow-wrap: anywhere; }
.artifact > .row { grid-template-columns: minmax(0, 1fr) auto; align-items: center; }
.artifact h3 { font-family: var(--mono); overflow-wrap: anywhere; }
.artifact .pairs { margin-top: .7rem; }
.version .row { grid-template-columns: minmax(0, 1.2fr) minmax(0, 1.6fr) auto; align-items: center; }
.when { color: var(--soft); font-size: var(--s); white-space: nowrap; }

.job .facts { margin-top: 0; }
.job .name a::after { content: none; }
.job .row { grid-template-columns: minmax(0, 1fr) auto; align-items: center; }
.steps { display: grid; gap: .45rem; margin-top: .8rem; }
.steps li { display: grid; grid-template-columns: 1.4rem minmax(0, 1fr) auto; gap: .1rem .5rem; align-items: center; font-size: var(--s); }
.steps .sign { width: 1.2rem; height: 1.2rem; border-radius: 50%; border: 2px solid var(--edge); display: grid; place-items: center; font-size: .7rem; font-weight: 700; line-height: 1; }
.steps .succeeded .sign { background: var(--good); border-color: var(--good); color: var(--sheet); }
.steps .failed .sign { background: var(--bad); border-color: var(--bad); color: var(--sheet); }
.steps .running .sign { border-color: var(--accent); border-right-color: transparent; }
@media (prefers-reduced-motion: no-preference) {
  .steps .running .sign { animation: turn 1s linear infinite; }
  @keyframes turn { to { transform: rotate(1turn); } }
}
.steps .why, .steps progress { grid-column: 2 / -1; }
.why { color: var(--bad); font-size: var(--s); overflow-wrap: anywhere; }
progress { appearance: none; width: 100%; height: .5rem; border: 0; border-radius: 1rem; overflow: hidden; background: var(--sunk); }
progress::-webkit-progress-bar { background: var(--sunk); }
progress::-webkit-progress-value { background: var(--accent); border-radius: 1rem; }
progress::-moz-progress-bar { background: var(--accent); border-radius: 1rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1px; background: var(--line); }
.figures > div { background: var(--sheet); padding: 1.1rem 1.4rem; }
.figures dt { color: var(--soft); font-size: var(--s); }
.figures dd { font-size: var(--l); font-weight: 650; font-variant-numeric: tabular-nums; }
.figures dd .quiet { font-weight: 400; }
.filters { margin-bottom: 1.25rem; }
.problem { max-width: 40rem; padding-top: 2rem; }
.problem .status { color: var(--accent); font-family: var(--mono); font-weight: 650; margin-bottom: .5rem; }
.problem .lead { margin-bottom: 1.5rem; }
.problem .pad { margin: 1.5rem 0; }
.problem > .actions + .small, .problem > .small { margin-top: 1.25rem; }

@media (max-width: 52rem) {
  .two { grid-template-columns: minmax(0, 1fr); gap: 2rem; }
  .images .row, .version .row { grid-template-columns: minmax(0, 1fr); }
  .images .row { gap: .55rem; }
}
@media (max-width: 40rem) {
  .bar { padding: 0 1rem; gap: 0 1.25rem; }
  .brand { min-height: 3rem; flex: 1; }
  nav[aria-label="Pages"] { order: 3; flex-basis: 100%; overflow-x: auto; margin: 0 -1rem; padding: 0 1rem; scrollbar-width: none; }
  nav[aria-label="Pages"] ul { flex-wrap: nowrap; }
  nav[aria-label="Pages"] a { min-height: 2.75rem; white-space: nowrap; }
  .who { max-width: 9rem; }
  main { padding: 1.5rem 1rem 3rem; }
  .foot { width: calc(100% - 2rem); flex-direction: column; }
  :root { --xl: 1.5rem; --l: 1.15rem; }
  .rows > li, .sheet.pad, .figures > div { padding: 1rem; }
  .pairs { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .pairs dd + dt { margin-top: .5rem; }
  .job .row { grid-template-columns: minmax(0, 1fr); }
}
`;
