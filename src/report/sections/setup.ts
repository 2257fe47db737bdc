/** Data and model. */

import { isolationText } from "../../data/isolation.ts"
import { leftOutCounts } from "../../data/left_out.ts"
import { show } from "../../tensor/tensor.ts"
import { percent, whole } from "../../text/table.ts"
import { factsHtml, html, type Section, tableHtml } from "../html.ts"
import { initTexts } from "../init_text.ts"
import type { RunFiles } from "../run_files.ts"
import { foldNetwork } from "../run_network.ts"
import { augmentText, keptText, recipeText } from "../setup_text.ts"

export function setupSection(run: RunFiles): Section {
  const { config, classes, summary } = run
  const { data, train, size, source } = config
  const counts = classes.map((name) => {
    const n = data.classes[name]
    return `${whole(n)} ${name} (${percent(n / data.images)})`
  })
  const network = foldNetwork(run, summary.folds[0]).network?.summary([1, 1, size, size])
  const facts = factsHtml([
    ["Images", `${data.name}: ${whole(data.images)}, ${counts.join(", ")}; ${size} × ${size} pixels, gray`],
    ["Source", source.kind === "phantom" ? "drawn by the program (phantom)" : html`<code>${source.dir}</code>`],
    [
      "Labels",
      data.table &&
        html`column “${data.table.labelColumn}” of <code>${data.table.file}</code>, SHA-256 ${data.table.sha256.slice(0, 16)}`,
    ],
    ["Groups", `${whole(data.groups)}. ${data.grouping} ${isolationText(data)}`],
    ["Left out", data.skipped.length > 0 && `${whole(data.skipped.length)} files: ${leftOutCounts(data.skipped)}`],
    [
      "Network",
      network
        ? `${train.model}: ${whole(network.parameters)} parameters, ${whole(network.multiplyAdds)} multiply-adds an image`
        : `${train.model}: its layers are its own, and stand in ${config.network?.file ?? "its file"}`,
    ],
    ["First weights", config.init && initTexts(config.init).join(" ")],
    ["Training", recipeText(train)],
    ["Augmentation", train.augment ? augmentText(train.augment) : "none"],
    ["Epoch kept", `each fold keeps the weights of ${keptText(train)}; the test part is looked at once, with them`],
    ["Took", `${whole(summary.seconds)} s of training and testing`],
  ])
  const rows = (network?.rows ?? []).map((row) => [
    ...[`${row.name} ${row.layer}`, show(row.outputShape), whole(row.parameters), whole(row.multiplyAdds)],
  ])
  const layers = tableHtml(["layer", "output", "parameters", "multiply-adds"], rows)
  return {
    id: "setup",
    title: "Data and model",
    body: html`${facts}<details><summary>The network, layer by layer</summary>${layers}</details>`,
  }
}
