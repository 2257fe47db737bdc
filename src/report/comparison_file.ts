/** comparison.json, as far as a report shows it. */
import { existsSync, readFileSync, statSync } from "node:fs"
import path from "node:path"
import type { Range } from "../eval/interval.ts"

interface Figure {
  value: number | null
  interval: Range | null
}

export interface Comparison {
  complete: boolean
  contenders: {
    id: string
    title: string
    auc: Figure
    accuracy: Figure
    balancedAccuracy: Figure
    meanFoldAuc: number | null
    seconds: number
  }[]
  /** AUC of a minus AUC of b. */
  differences: (Figure & { a: string; b: string; better: string | null })[]
  claims: { claim: string; subject: string; better: string[]; worse: string[]; open: string[]; holds: boolean }[]
  config: { command: string[]; data: { hash: string } }
}

/**
 * @param source the file, or the folder that it lies in
 * @returns null where there is none
 * @throws when it is something else
 */
export function readComparison(source: string): Comparison | null {
  if (!existsSync(source)) return null
  const file = statSync(source).isDirectory() ? path.join(source, "comparison.json") : source
  if (!existsSync(file)) return null
  let found: Partial<Comparison> | null
  try {
    found = JSON.parse(readFileSync(file, "utf8"))
  } catch (error) {
    throw new Error(`${file}: no JSON (${(error as Error).message}); expected what cnn compare wrote`)
  }
  const lists = [found?.contenders, found?.differences, found?.claims]
  if (found && lists.every(Array.isArray) && found.config?.data?.hash) return found as Comparison
  throw new Error(`${file}: expected contenders, differences, claims and config in it, as cnn compare writes them`)
}
