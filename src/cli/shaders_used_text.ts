/** What `cnn shaders --used` prints. */
import type { AdapterInfo } from "../gpu/adapter.ts"
import { shaderPath } from "../gpu/shader_files.ts"
import { plural } from "../text/plural.ts"
import type { Use } from "./shaders_used.ts"

/** Where a row has no reason the op has no other kernel. */
const ONLY = "the only kernel of its op"

export function usedText(
  uses: readonly Use[],
  { name, size, batch }: { name: string; size: number; batch: number },
  adapter: AdapterInfo,
): string {
  const rows = uses.map((use) => [use.of, shaderPath(use.kernel), reason(use)])
  const [layers, files] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column].length)))
  const lines = uses.flatMap(({ part }, i) => {
    const [of, file, why] = rows[i]
    const line = `  ${of.padEnd(layers)}  ${file.padEnd(files)}  ${why}`
    return i > 0 && uses[i - 1].part === part ? [line] : ["", part, line]
  })
  const kernels = new Set(uses.map(({ kernel }) => kernel)).size
  const dispatches = uses.reduce((sum, use) => sum + use.dispatches, 0)
  return [
    `A training step of ${name} with ${plural(batch, "image")} of ${size}x${size} pixels on ${adapter.name} (${adapterText(adapter)}):`,
    `${plural(dispatches, "dispatch", "dispatches")}, ${plural(kernels, "kernel")}`,
    ...lines,
  ].join("\n")
}

function adapterText({ kind, subgroupSize, kernels }: AdapterInfo): string {
  const subgroups = subgroupSize ? `subgroups of ${subgroupSize}` : "no subgroups of one size"
  return [kind, subgroups, ...(kernels ? [`CNN_KERNELS=${kernels}`] : [])].join(", ")
}

function reason({ why = ONLY, consts, dispatches }: Use): string {
  const constants = constantsText(consts)
  const pieces = dispatches > 1 ? `, ${dispatches} dispatches` : ""
  return `${why}${constants && `: ${constants}`}${pieces}`
}

/** The tile or block that an invocation or a workgroup computes. */
function constantsText({ TI, TJ, TO = 1, BM, BN, TM, TN, LANES }: Use["consts"]): string {
  if (TI) return `tiles of ${TI}x${TJ} pixels x ${plural(Number(TO), "channel")}`
  if (BM) return `blocks of ${BM}x${BN}`
  return LANES ? `tiles of ${TM}x${Number(TN) * Number(LANES)}` : ""
}
