/**
 * What went wrong on the device. WebGPU says so late and to whoever listens; here it is kept, and
 * thrown by the next call of the engine.
 */
import type { OpenDevice } from "./adapter.ts"
import { DeviceLost } from "./device_lost.ts"
import { OutOfMemory } from "./memory.ts"

/** Milliseconds in which a lost device says so, or a browser what was wrong first. */
const PATIENCE = 200

const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PATIENCE))

export class Failure {
  #error: Error | undefined
  readonly #wait: OpenDevice["wait"]
  readonly #lost: Promise<unknown>
  /** Whether the device is about to be destroyed by who opened it. */
  closing = false
  isLost = false
  /** Where errors are to be caught kernel by kernel. */
  readonly #scopes: GPUDevice | undefined

  constructor({ device, wait, debug }: OpenDevice) {
    this.#wait = wait
    this.#scopes = debug ? device : undefined
    device.onuncapturederror = (event) => {
      // Dawn would print it as well.
      event.preventDefault()
      this.note(engineError(event.error))
    }
    this.#lost = device.lost.then(({ reason, message }) => {
      this.isLost = true
      // Whatever came before it was on the way there.
      if (!this.closing && !(this.#error instanceof OutOfMemory)) this.#error = lost(message || reason)
    })
  }

  /**
   * Keeps the first error; those after it mostly follow from it. Where one says so of itself, a
   * later one may be the cause.
   */
  note(error: Error): void {
    if (!this.#error || (isConsequence(this.#error) && !isConsequence(error))) this.#error = error
  }

  /**
   * Does `body`. In debugging, what the device objects to in it is noted with the name of what was
   * done.
   */
  scoped<T>(what: string, body: () => T): T {
    if (!this.#scopes) return body()
    const kinds: GPUErrorFilter[] = ["validation", "out-of-memory", "internal"]
    for (const kind of kinds) this.#scopes.pushErrorScope(kind)
    try {
      return body()
    } finally {
      for (const _ of kinds) this.#popScope(what, this.#scopes)
    }
  }

  #popScope(what: string, device: GPUDevice): void {
    device.popErrorScope().then(
      (error) => error && this.note(engineError(error, `${what}: `)),
      () => undefined, // The device is gone; that is told elsewhere.
    )
  }

  throwIfAny(): void {
    if (this.#error) throw this.#error
  }

  /**
   * Awaits what the device promised. @throws what went wrong meanwhile, rather than that the
   * promise was not kept
   */
  async during<T>(promised: Promise<T>): Promise<T> {
    const kept = await this.#wait(promised).catch(async (error) => {
      // That the device is lost is said a moment after what follows from it.
      await Promise.race([this.#lost, moment()])
      throw this.#error ?? error
    })
    if (this.#error && isConsequence(this.#error)) await moment()
    this.throwIfAny()
    return kept
  }
}

/** What a device says when it could not make a buffer, the driver's own name for it among it. */
const MEMORY = /out of memory|OUT_OF_(?:DEVICE|HOST|POOL)_MEMORY|E_OUTOFMEMORY/i

/** Drivers also lose the device over it. A new process would come to the same. */
const lost = (why: string): Error =>
  MEMORY.test(why) ? new OutOfMemory(firstLine(why)) : new DeviceLost(`the device was lost: ${why}`)

/** @param who whose command it was, with a colon */
function engineError(error: GPUError, who = ""): Error {
  const isMemory = error.constructor.name === "GPUOutOfMemoryError" || MEMORY.test(error.message)
  return isMemory ? new OutOfMemory(firstLine(error.message)) : new Error(`${who}${deviceError(error.message)}`)
}

/** Behind it comes where in Dawn that was. */
const firstLine = (message: string): string => message.split("\n")[0]

/** A browser may tell of a broken shader after it has told of the commands that use it. */
const isConsequence = ({ message }: Error): boolean => message.includes("is invalid due to a previous error")

/**
 * A shader's error as `relu.wgsl:14:10: error: ...`, which editors and terminals turn into a link;
 * others as they are.
 */
function deviceError(message: string): string {
  const shader = /\[ShaderModuleDescriptor "+(.+?)"+\]/.exec(message)?.[1]
  if (!shader) return message
  const named = message.replaceAll(/(?:Error while parsing WGSL: )?:(\d+):(\d+) (?=\w+: )/g, `${shader}.wgsl:$1:$2: `)
  return named.replace(/\n - While [\s\S]*$/, "")
}
