/**
 * What a run's answers are worth less for: the problems of its report, for whoever asks its
 * networks.
 */
import { existsSync, statSync } from "node:fs"
import path from "node:path"
import { alerts } from "./alerts.ts"
import { hideRun } from "./hide.ts"
import { readRunFiles } from "./run_files.ts"

/**
 * @param source a run folder; of anything else, such as a weights file, nothing is known
 * @param forPage names are hidden where the run's pages are without images
 * @throws where a file of the run is damaged
 */
export function runProblems(source: string, forPage = false): string[] {
  if (!statSync(source).isDirectory() || !existsSync(path.join(source, "metrics.json"))) return []
  const run = readRunFiles(source)
  const all = alerts(forPage ? hideRun(run) : run)
  return all.filter(({ level }) => level === "problem").map(({ text }) => text)
}
