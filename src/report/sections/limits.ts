/** What the metrics do not say. */

import { whole } from "../../text/table.ts"
import { html, type Section } from "../html.ts"
import type { RunFiles } from "../run_files.ts"

const showsSides = ({ source, train }: RunFiles["config"]): boolean =>
  source.kind === "folder" && !train.augment?.flipHorizontal

export function limitsSection({ config, evaluation }: RunFiles): Section {
  const { source, size, data, train } = config
  const { groups } = evaluation.pooled
  return {
    id: "limits",
    title: "Limits",
    body: html`<ul>
<li><strong>Not for clinical use.</strong> This is no medical device; nothing in it was tested on patients, by readers or in a clinic.</li>
${source.kind === "phantom" && html`<li>The images are drawn by a program. What is learned from them says nothing about radiographs.</li>`}
<li>Tested on images of the same source as those trained on (${whole(groups)} groups). On another hospital’s, device’s or age group’s images the figures
are unknown, and usually worse.</li>
<li>Labels are taken as they are. Where they are wrong, so are the figures.</li>
<li>${data.grouping} If images of one patient are in several groups, the figures are too good.</li>
<li>Radiographs are seen at ${size} × ${size} pixels: a fine fracture line may not be visible at all.</li>
${
  showsSides(config) &&
  html`<li>No training image was mirrored. Where fractured films more often lie one way round (one hand, one way to lay it), the networks
may answer by that; with --flip-horizontal they cannot.</li>`
}
<li>Each image is judged alone: no other view, no history, no earlier image.</li>
<li>Predictive values hold for the share of positives in this set; where fractures are rarer, more alarms are false.</li>
<li>Intervals say how far figures might be with other patients of the same kind, for networks as they were trained; they leave out the chance in
training itself${train.repeats > 1 ? ", of which the repeats give an idea" : " (--repeats shows it)"}, and every choice that was made after looking at figures of these images.</li>
<li>A heatmap shows what moved a network’s answer, not why a bone is broken.</li>
</ul>`,
  }
}
