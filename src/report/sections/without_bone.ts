/** What regressions reach that see no bone, next to the networks: the line to beat. */
import { html, type Section } from "../html.ts"
import { metricText } from "../metric_text.ts"
import { aucOfRun, type RunFiles } from "../run_files.ts"
import { withoutBoneHtml } from "../without_bone_html.ts"

/** null if the images were not audited, or have too few groups. */
export function withoutBoneSection(run: RunFiles): Section | null {
  const { audit, classes } = run
  const best = audit?.withoutBone?.[0]
  if (!best) return null
  return {
    id: "without-bone",
    title: "AUC without looking at the bone",
    body: html`<p>${verdict(run)}</p>
${withoutBoneHtml(audit.withoutBone!, classes)}`,
  }
}

function verdict(run: RunFiles): string {
  const network = aucOfRun(run)
  const best = run.audit!.withoutBone![0]
  const both = `The networks reach AUC ${metricText("auc", network)}, the ${best.name} alone ${metricText("auc", best.auc)}`
  const [low, high] = [network.interval?.[0], best.auc.interval?.[1]]
  if (low === undefined || high === undefined) return `${both}.`
  return low > high
    ? `${both}: the networks see more than that.`
    : `${both}: the intervals overlap, so it is not shown that the networks see more than that.`
}
