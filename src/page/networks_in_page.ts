/** Which networks the page asks: those of the run that is served, or of weights files that were opened by hand. */
import type { RunMessage } from "../serve/run_message.ts"
import { onGpu } from "./engine.ts"
import { Ensemble, type WeightsBytes } from "./ensemble.ts"
import { servedWeights } from "./served.ts"

export class Networks {
  #ensemble: Promise<Ensemble> | undefined

  /** Their name for people; undefined while there are none. */
  name: string | undefined

  constructor(readonly run: RunMessage | null) {
    this.name = run?.name
  }

  /** @throws where there are none, or they cannot be used */
  ensemble(): Promise<Ensemble> {
    if (this.#ensemble) return this.#ensemble
    if (!this.run) return Promise.reject(new Error("no network is open: open a weights file first"))
    this.#ensemble = this.#load(() => servedWeights(this.run!.weights))
    // Another try may find the server running again.
    this.#ensemble.catch(() => (this.#ensemble = undefined))
    return this.#ensemble
  }

  /** Takes these weights in place of those before. @throws where they cannot be used; those before stay then */
  async open(files: readonly File[]): Promise<void> {
    const read = async (file: File) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })
    const ensemble = await this.#load(() => Promise.all(files.map(read)))
    this.#ensemble = Promise.resolve(ensemble)
    this.name = files.map((file) => file.name).join(", ")
  }

  async #load(files: () => Promise<WeightsBytes[]>): Promise<Ensemble> {
    const read = await files()
    return onGpu(async (gpu) => Ensemble.of(gpu, read))
  }
}
