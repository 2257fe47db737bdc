/** What a view of a run is told, in order; one view shows all of it, in its own way. */
import type { Finding } from "../audit/findings.ts"
import type { Dataset } from "../data/dataset.ts"
import type { AdapterInfo } from "../gpu/adapter.ts"
import type { Summary as NetworkSummary } from "../layers/summary.ts"
import type { RunResult } from "../report/result.ts"
import type { RunConfig } from "../run/run_config.ts"
import type { Summary } from "../run/summary.ts"
import type { TrainEvent } from "../train/events.ts"

/** What is done with the images, one by one. */
type Reading = "audit" | "compare" | "draw" | "decode"

export const readingVerb: Record<Reading, string> = {
  audit: "Auditing",
  compare: "Comparing",
  draw: "Drawing",
  decode: "Reading",
}

export type RunEvent =
  /** Before the adapter is opened, which may have to be unpacked first. */
  | { type: "open" }
  | { type: "read"; what: Reading; done: number; total: number }
  /** Before training, where there are problems with the images. */
  | { type: "audit"; problems: Finding[]; advice: string }
  /** `adapter` is this process's; that of the config is the one that the run was begun on. */
  | { type: "start"; config: RunConfig; adapter: AdapterInfo; folder: string; network: NetworkSummary; data: Dataset }
  | Exclude<TrainEvent, { type: "fold-end" }>
  | ({ type: "fold-end" } & Summary["folds"][number])
  | { type: "note"; text: string }
  /** Ended before there was anything to keep. */
  | { type: "abandoned"; text: string }
  | ({ type: "end" } & RunResult)

/** Shows a run while it goes on. */
export interface View {
  show(event: RunEvent): void
  /** Puts the terminal back as it was and lets the process end, however the run came to its end. */
  close(): void
}
