/**
 * Colours are variables, so that charts and tables turn dark with the page; on paper they are the
 * light ones.
 */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --paper: #fff; --card: #f6f7f9; --ink: #1a1c20; --soft: #5a606b; --edge: #d5d9e0;
  --link: #0b57a4; --good: #1c7a43; --bad: #b3261e; --bad-card: #fdeceb; --note-card: #fff6df; --note: #8a5a00;
  --c0: #0b62a8; --c1: #c25a00; --c2: #0a7f5d; --c3: #a03c86; --c4: #6b5bd2; --c5: #8a6d00; --c6: #0a8aa0; --c7: #b3261e;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14161a; --card: #1e2126; --ink: #e8eaee; --soft: #a5acb8; --edge: #3a3f48;
    --link: #8ab8ff; --good: #7bd8a0; --bad: #ff9b93; --bad-card: #3a1d1c; --note-card: #352b12; --note: #f0c869;
    --c0: #6cb2f5; --c1: #ff9f55; --c2: #4fd1a5; --c3: #f08ad2; --c4: #b0a5ff; --c5: #e3c34a; --c6: #5cd3e6; --c7: #ff8a80;
  }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 100rem; padding: 1rem clamp(.8rem, 3vw, 3rem) 4rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif }
h1 { font-size: 1.6rem; line-height: 1.2; margin: .5rem 0; overflow-wrap: anywhere }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .6rem; border-bottom: 1px solid var(--edge) }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem }
p, ul, dl, figcaption { max-width: 52rem }
p { margin: .5rem 0 }
a { color: var(--link) }
code, pre { font: .875em/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
pre { background: var(--card); border: 1px solid var(--edge); border-radius: 6px; padding: .7rem; overflow-x: auto }
pre.command { white-space: pre-wrap; overflow-wrap: anywhere }
.soft, figcaption, .legend { color: var(--soft) }
figcaption, .legend { font-size: .875rem }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1rem; list-style: none; padding: .6rem 0; margin: 0; max-width: none }
.alerts { list-style: none; padding: 0; margin: 1rem 0; max-width: none }
.alerts li { padding: .5rem .8rem; margin: .4rem 0; border-left: 4px solid; border-radius: 4px; overflow-wrap: anywhere }
.alerts .problem { background: var(--bad-card); border-color: var(--bad) }
.alerts .note { background: var(--note-card); border-color: var(--note) }
.alerts b { margin-right: .3rem }
.alerts .problem b { color: var(--bad) } .alerts .note b { color: var(--note) }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .7rem; margin: 1rem 0; padding: 0; max-width: 80rem }
.tiles div { background: var(--card); border: 1px solid var(--edge); border-radius: 8px; padding: .6rem .8rem }
.tiles dt { font-size: .875rem; color: var(--soft) } .tiles dd { margin: 0 }
.tiles dd:first-of-type { font-size: 1.45rem; font-weight: 600; line-height: 1.25 }
.tiles dd + dd { font-size: .8125rem; color: var(--soft) }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 28rem), 1fr)); gap: 1rem; align-items: start }
.charts > * { min-width: 0 }
figure { margin: 0 }
.chart { background: var(--card); border: 1px solid var(--edge); border-radius: 8px; padding: .6rem; max-width: 42rem }
.chart svg { display: block; width: 100%; height: auto }
.chart h3 { margin: 0 0 .3rem }
.legend { display: flex; flex-wrap: wrap; gap: .1rem .9rem; list-style: none; padding: 0; margin: .3rem 0 }
.legend li::before { content: ""; display: inline-block; width: 1.1rem; height: 0; border-top: 3px solid var(--of); margin-right: .35rem; vertical-align: middle }
.legend li.mark::before { content: var(--mark); color: var(--of); border: 0; width: auto; height: auto; margin-right: .25rem; vertical-align: baseline }
.legend li.dashed::before { border-top-style: dashed }
.wide { overflow-x: auto; margin: .6rem 0; max-width: max-content;
  background: linear-gradient(to left, var(--paper) 40%, transparent) right / 3rem 100% no-repeat local,
    linear-gradient(to left, color-mix(in srgb, var(--ink) 40%, transparent), transparent) right / 1rem 100% no-repeat scroll }
.wide:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
summary { font-weight: 600; cursor: pointer; width: max-content; max-width: 100% }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--edge); text-align: right; vertical-align: top; white-space: nowrap }
thead th { color: var(--soft); font-weight: 500; vertical-align: bottom }
th:first-child { text-align: left } tbody th { font-weight: 500 }
.wide th:first-child { position: sticky; left: 0; background: var(--paper) }
.nowrap { white-space: nowrap }
.total th, .total td { border-top: 2px solid var(--edge); font-weight: 600 }
.confusion td { text-align: center; min-width: 5.5rem; background: color-mix(in srgb, var(--of) calc(var(--part) * 55%), var(--paper)) }
.confusion td small { display: block; color: var(--ink) }
.verdict { font-size: 1.15rem } .verdict, .wider { max-width: 78rem }
.top { display: grid; grid-template-columns: repeat(var(--columns, 1), minmax(0, 1fr)); gap: 1rem; align-items: start; margin: 1rem 0 }
@media (min-width: 40rem) { .top { --columns: 2 } .typical.typical { grid-template-columns: repeat(3, 1fr) } }
@media (min-width: 70rem) { .top { --columns: 3 } }
.panel { display: contents } .panel > * { min-width: 0 } .panel h3 { margin-top: 0 } .panel p { margin: .3rem 0 }
.panel .confusion { font-size: .9rem } .panel .confusion :is(th, td) { padding: .25rem .4rem; min-width: 4rem }
.rates.rates { grid-template-columns: max-content 1fr; gap: 0 1rem } .rates dd { font-variant-numeric: tabular-nums; font-weight: 600 }
.slider { display: flex; gap: .6rem } .slider[hidden] { display: none } .slider input { flex: 1; min-width: 6rem; accent-color: var(--c3) }
.slider button { font: inherit; font-size: .875rem }
.spot { fill: var(--c3); stroke: var(--paper); stroke-width: 2 }
.typical { grid-column: 1 / -1 } .typical.typical figure { padding: .4rem }
@media (min-width: 88rem) {
  .top { --columns: 4 }
  .typical.typical { grid-column: auto; grid-template-columns: 1fr; gap: .6rem }
  .typical figure { display: grid; grid-template-columns: 3fr 2fr; gap: .6rem; align-items: center }
}
.flow { list-style: none; padding: 0; margin: .6rem 0; max-width: 52rem }
.flow > li { background: var(--card); border: 1px solid var(--edge); border-radius: 8px; padding: .5rem .8rem; margin-top: 1.6rem; position: relative; width: 60%; overflow-wrap: anywhere }
.flow > li:not(:first-child)::before { content: "\\2193"; position: absolute; top: -1.6rem; left: 2rem; color: var(--soft) }
.flow > li.out { margin-left: 30%; width: 70%; border-style: dashed } .flow > li.out::before { content: "\\2192"; top: .5rem; left: -1.4rem }
.flow ul { margin: .2rem 0 0; padding-left: 1.2rem; font-size: .875rem }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .25rem 1rem; margin: .6rem 0 }
dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere; min-width: 0 }
.tiles.tiles { display: grid } .tiles div { display: block }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1rem }
.pictures figure { background: var(--card); border: 1px solid var(--edge); border-radius: 8px; padding: .6rem; min-width: 0 }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .4rem }
img { display: block; max-width: 100%; height: auto }
.pair img { width: 100%; border-radius: 4px; background: #000 }
.pictures figcaption { margin-top: .4rem; overflow-wrap: anywhere } .pictures figcaption strong { color: var(--ink) }
.copies { display: flex; flex-wrap: wrap; gap: .8rem }
.sets { display: flex; flex-wrap: wrap; gap: .3rem 2rem } .set { max-width: 100% }
.set h3 { margin-top: .6rem; width: 0; min-width: 100% } .set .copies { gap: .4rem }
.copies figure { width: 200px } .copies img { width: 100%; aspect-ratio: 1; object-fit: contain; background: #000 } .set figure { width: 160px }
h3, .copies figcaption, .copies p, .names li { overflow-wrap: anywhere }
.forest svg { display: block } @media print { .forest svg { width: 100%; height: auto } }
.filters div { display: grid; grid-template-columns: repeat(8, 1fr); gap: .3rem; margin-bottom: .6rem }
.filters img { image-rendering: pixelated; width: 100%; border: 1px solid var(--edge) }
.checklist { width: 100%; table-layout: fixed }
.checklist th, .checklist td { text-align: left; white-space: normal; overflow-wrap: anywhere }
.checklist col.no { width: 4rem } .checklist col.item { width: 38% }
.checklist tr.part th { color: var(--soft); font-weight: 600; padding-top: .9rem }
.author { color: var(--note); font-style: italic } .author::before { content: "✎ " }
@media (max-width: 40rem) {
  td:has(.nowrap) { white-space: normal } .wide th:first-child { white-space: normal; min-width: 5rem; max-width: 9rem; overflow-wrap: break-word }
  dl { grid-template-columns: 1fr; gap: 0 } dt { margin-top: .4rem }
  .checklist, .checklist tbody, .checklist tr, .checklist td, .checklist th { display: block; border: 0 }
  .checklist colgroup, .checklist thead { display: none }
  .checklist tr { padding: .4rem 0; border-bottom: 1px solid var(--edge) } .checklist td, .checklist th { padding: .05rem 0 }
}
@media print {
  body { font-size: 10pt; max-width: none; padding: 0 }
  nav, .slider { display: none }
  h2, h3, section > p:has(+ .charts, + .pictures, + .sets, + .wide), summary, thead { break-after: avoid } h2 { margin-top: 1.2rem }
  p, figure, .set, .panel > *, .chart, .tiles div, tr, .alerts li { break-inside: avoid }
  .wide { overflow: visible; background: none } table { font-size: 8.5pt } th, td { padding: .15rem .4rem }
  .chart, .pictures figure, .tiles div, pre { background: none }
  .confusion td, img, .alerts li { print-color-adjust: exact; -webkit-print-color-adjust: exact }
  .top { --columns: 3; gap: .6rem } .typical.typical { grid-column: 1 / -1; grid-template-columns: repeat(3, 1fr) } .typical figure { display: block }
  figcaption, .legend { font-size: 7.5pt; line-height: 1.3 } .chart { padding: .3rem }
  .tiles.tiles { grid-template-columns: repeat(6, 1fr); gap: .3rem } .tiles div { padding: .3rem } .tiles dd:first-of-type { font-size: 12pt } .tiles dt, .tiles dd + dd { font-size: 7.5pt }
  .panel .confusion { font-size: 6.5pt } .panel .confusion :is(th, td) { padding: .15rem .2rem; min-width: 0 }
  .chart { max-width: 11cm } .verdict { font-size: 11pt } .set h3 { font-size: 8pt }
  .copies { gap: .3rem } .copies figure { width: 2.7cm } .copies figcaption { font-size: 7pt }
  .charts { grid-template-columns: repeat(auto-fill, 6.8cm) } .charts:has(> :nth-child(3):last-child) { grid-template-columns: repeat(3, 1fr) } .pictures { grid-template-columns: 1fr 1fr 1fr }
}
`
