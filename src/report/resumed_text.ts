import { differences } from "../train/resume.ts"
import type { RunConfig } from "../train/run_config.ts"

/** When a run went on with another adapter, driver or version than it was begun with, and with which. */
export function resumedTexts(config: RunConfig): string[] {
  return (config.resumed ?? []).flatMap((now) => {
    const others = differences(config, now)
    return others.length > 0 ? [`${now.started}: ${others.join("; ")}`] : []
  })
}
