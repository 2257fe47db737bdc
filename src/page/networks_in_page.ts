/**
 * Which networks the page asks: those of the run that is served, or of weights files that were
 * opened by hand.
 */
import type { RunMessage } from "../serve/run_message.ts"
import type { TensorGpu } from "../tensor/tensor_gpu.ts"
import { engine, onGpu } from "./engine.ts"
import { Ensemble, type WeightsBytes } from "./ensemble.ts"
import { servedWeights } from "./served.ts"

export class Networks {
  readonly #served: Source | undefined
  #opened: Source | undefined

  /** Their name for people; undefined while there are none. */
  name: string | undefined

  /** What their answers are worth less for, where that is known. */
  problems: readonly string[] = []

  constructor(readonly run: RunMessage | null) {
    this.#served = run ? new Source(() => servedWeights(run.weights)) : undefined
    this.name = run?.name
    this.problems = run?.problems ?? []
  }

  /** Those that were opened last. @throws where there are none */
  get latest(): Source {
    return this.#opened ?? this.ofRun
  }

  /** The networks of the served run. @throws if no run is served */
  get ofRun(): Source {
    if (!this.#served) throw new Error("no network is open: open a run's weights first")
    return this.#served
  }

  /**
   * Takes these weights in place of those before. @throws where they cannot be used; those before
   * stay then
   */
  async open(files: readonly File[]): Promise<void> {
    const read = async (file: File) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })
    const opened = new Source(() => Promise.all(files.map(read)))
    await opened.ensemble()
    this.#opened = opened
    this.name = files.map((file) => file.name).join(", ")
    this.problems = []
  }
}

/** Weights, and the networks made of them: again on each new device. */
export class Source {
  #made: { gpu: TensorGpu; ensemble: Promise<Ensemble> } | undefined

  constructor(readonly files: () => Promise<WeightsBytes[]>) {}

  /** @throws where the weights cannot be had, or not be used */
  async ensemble(): Promise<Ensemble> {
    const gpu = await engine()
    if (this.#made?.gpu === gpu) return this.#made.ensemble
    const ensemble = this.#load()
    const made = { gpu, ensemble }
    this.#made = made
    // Another try may find the server running again.
    ensemble.catch(() => this.#made === made && (this.#made = undefined))
    return ensemble
  }

  async #load(): Promise<Ensemble> {
    const read = await this.files()
    return onGpu(async (gpu) => Ensemble.of(gpu, read))
  }
}
