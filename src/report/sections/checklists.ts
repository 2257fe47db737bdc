/** The two reporting guidelines that a study like this is asked for. */
import { checklistHtml, filled, type Part } from "../checklist.ts"
import { checklistFacts } from "../checklist_facts.ts"
import { claimItems } from "../claim.ts"
import { html, type Section } from "../html.ts"
import type { RunFiles } from "../run_files.ts"
import { tripodItems } from "../tripod_ai.ts"

export function checklistSections(run: RunFiles): Section[] {
  const facts = checklistFacts(run)
  return [
    section("claim", "CLAIM, 2024 update", "https://doi.org/10.1148/ryai.240300", claimItems(facts)),
    section("tripod", "TRIPOD+AI", "https://doi.org/10.1136/bmj-2023-078378", tripodItems(facts)),
  ]
}

function section(id: string, title: string, paper: string, parts: readonly Part[]): Section {
  const { run, all } = filled(parts)
  return {
    id,
    title,
    body: html`<p>In short words; the guideline’s own are in <a href="${paper}">its paper</a>. The run says something to ${run} of ${all} items; what is marked with ✎ is the author’s.</p>
${checklistHtml(parts)}`,
  }
}
