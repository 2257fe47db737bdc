/** A whole page: one file that loads nothing, light and dark, printable. */
import { type Html, html, raw, type Section, sectionHtml } from "./html.ts"
import { pageStyle } from "./page_style.ts"

/** @param head what stands above the contents */
export function page(title: string, head: Html, sections: readonly Section[]): string {
  const links = sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${raw(pageStyle)}</style>
</head>
<body>
<header>
${head}
</header>
<nav aria-label="Contents"><ul>${links}</ul></nav>
<main>
${sections.map(sectionHtml)}</main>
</body>
</html>
`.text
}
