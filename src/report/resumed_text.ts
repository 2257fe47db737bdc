import { differences } from "../run/resume.ts"
import type { RunConfig } from "../run/run_config.ts"

/**
 * When a run went on with another adapter, driver or version than it was begun with, and with
 * which.
 */
export function resumedTexts(config: RunConfig): string[] {
  return (config.resumed ?? []).flatMap((now) => {
    const others = differences(config, now)
    return others.length > 0 ? [`${now.started}: ${others.join("; ")}`] : []
  })
}
