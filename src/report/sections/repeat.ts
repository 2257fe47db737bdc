/** All that is needed to run it again, and to see whether the same came out. */
import { quoted } from "../../text/quoted.ts"
import { shownFolder } from "../hide.ts"
import { factsHtml, html, type Section } from "../html.ts"
import { resumedTexts } from "../resumed_text.ts"
import type { RunFiles } from "../run_files.ts"

export function repeatSection(run: RunFiles): Section {
  const { config } = run
  const { adapter, versions, kernels, exact, train, data } = config
  const resumed = resumedTexts(config)
  const facts = factsHtml([
    ["Seed", String(train.seed)],
    ["Started", config.started],
    ["Adapter", `${adapter.name} (${adapter.kind}, ${adapter.backend})${exact ? ", all checks on" : ""}`],
    ["Kernels", kernelsText(kernels)],
    ["Versions", Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ")], // biome-ignore format: short
    ...resumed.map((text): [string, string] => ["Resumed", text]),
    ["Data", html`SHA-256 <code>${data.hash}</code>: the same names, classes, groups and pixels give the same`],
    ["Run folder", shownFolder(run)],
  ])
  return {
    id: "repeat",
    title: "How to reproduce this",
    body: html`<pre class="command">npx ${config.command.map(quoted).join(" ")}</pre>${facts}
${resumed.length > 0 ? html`<p>Not all of this run was computed alike: a repetition may differ in its last digits even where it has all that it was begun with.</p>` : ""}<p>With the same seed on the same adapter the same bits come out; on another, figures differ in the last digits, and may then drift apart. config.json
holds every setting, predictions.csv every answer, the <code>.safetensors</code> files the weights. <code>npx cnn predict</code> uses them on other images.</p>`,
  }
}

function kernelsText(kernels: RunFiles["config"]["kernels"]): string {
  if (kernels === "default") return "the default ones"
  return kernels === "plain" ? "the plain ones: CNN_KERNELS=plain" : "by the table of cnn tune that config.json holds"
}
