/**
 * Adds to what vitest prints a line for test/drivers/table.mjs: the largest differences of all test
 * files, as JSON.
 */
import type { Reporter, TestModule } from "vitest/node"
import type { Difference, Noted } from "../../bench/reference/differences.ts"

export default class implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const all: Record<string, Difference> = {}
    const adapters = new Set<string>()
    for (const { adapter, differences = {} } of modules.map((module) => module.meta() as Partial<Noted>)) {
      if (adapter) adapters.add(adapter)
      for (const [key, { relative, ulps }] of Object.entries(differences)) {
        const before = all[key] ?? { relative: 0, ulps: 0 }
        all[key] = { relative: Math.max(before.relative, relative), ulps: Math.max(before.ulps, ulps) }
      }
    }
    console.log(`\ndifferences: ${JSON.stringify({ adapters: [...adapters], differences: all })}`)
  }
}
