/** What a run's answers are worth less for: the problems of its report, for whoever asks its networks. */
import { existsSync, statSync } from "node:fs"
import path from "node:path"
import { alerts } from "./alerts.ts"
import { readRunFiles } from "./run_files.ts"

/**
 * @param source a run folder; of anything else, such as a weights file, nothing is known
 * @throws where a file of the run is damaged
 */
export function runProblems(source: string): string[] {
  if (!statSync(source).isDirectory() || !existsSync(path.join(source, "metrics.json"))) return []
  const all = alerts(readRunFiles(source))
  return all.filter(({ level }) => level === "problem").map(({ text }) => text)
}
