/**
 * Which networks the page asks: those of the run that is served, or of weights files that were
 * opened by hand.
 */
import type { RunMessage } from "../serve/run_message.ts"
import { onGpu } from "./engine.ts"
import { Ensemble, type WeightsBytes } from "./ensemble.ts"
import { servedWeights } from "./served.ts"

export class Networks {
  #served: Promise<Ensemble> | undefined
  #opened: Ensemble | undefined

  /** Their name for people; undefined while there are none. */
  name: string | undefined

  /** What their answers are worth less for, where that is known. */
  problems: readonly string[] = []

  constructor(readonly run: RunMessage | null) {
    this.name = run?.name
    this.problems = run?.problems ?? []
  }

  /** Those that were opened last. @throws where there are none, or they cannot be used */
  async ensemble(): Promise<Ensemble> {
    return this.#opened ?? this.ofRun()
  }

  /** Those of the run that is served. @throws where there is none, or they cannot be used */
  ofRun(): Promise<Ensemble> {
    if (this.#served) return this.#served
    const { run } = this
    if (!run) return Promise.reject(new Error("no network is open: open a run's weights first"))
    const served = load(() => servedWeights(run.weights))
    this.#served = served
    // Another try may find the server running again.
    served.catch(() => (this.#served = undefined))
    return served
  }

  /**
   * Takes these weights in place of those before. @throws where they cannot be used; those before
   * stay then
   */
  async open(files: readonly File[]): Promise<void> {
    const read = async (file: File) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })
    this.#opened = await load(() => Promise.all(files.map(read)))
    this.name = files.map((file) => file.name).join(", ")
    this.problems = []
  }
}

async function load(files: () => Promise<WeightsBytes[]>): Promise<Ensemble> {
  const read = await files()
  return onGpu(async (gpu) => Ensemble.of(gpu, read))
}
