/** A peer as the comparison sees it: a process that takes turns, and the account of them. */
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"

const CHILD = fileURLToPath(new URL("child.mjs", import.meta.url))

/** To load the library and open the device. */
const OPENING_MS = 60_000

/** So many losses are read one by one, and compared. */
const COMPARED = 6

/**
 * A turn of a fast adapter is of more steps than one, so that the clock and the last readback do
 * not count.
 */
const TURN_MS = 50

export class Peer {
  /** Milliseconds of the first step, with compilation; undefined where it was not done in time. */
  first
  /** Of each turn after it: milliseconds a step. */
  turns = []
  /** Of a step, in the last turn. */
  dispatches
  /** Before each of the first updates. */
  losses = []
  /** Whether it may have another turn. */
  #going = true
  #left
  #child

  /** @param budget seconds for all its steps together */
  constructor(name, { budget, ...settings }) {
    this.name = name
    this.#left = budget * 1000
    // Mesa would keep what one run compiled for the next, and the first steps could not be
    // compared.
    const env = { ...process.env, MESA_SHADER_CACHE_DISABLE: "true" }
    const about = JSON.stringify({ peer: name, ...settings })
    this.#child = fork(CHILD, [about], { env, stdio: ["ignore", 2, 2, "ipc"] })
  }

  /** @returns the adapter, and Dawn's switches */
  async open() {
    const answer = await this.#ask({ task: "open" }, OPENING_MS)
    if (!answer) throw new Error(`${this.name}: not open after ${OPENING_MS / 1000} s`)
    return answer
  }

  async firstStep() {
    const answer = await this.#ask({ task: "first" }, this.#left)
    this.first = answer?.ms
    this.#count(answer)
  }

  /** Takes a turn, unless the last one says that time would not do. @returns whether it did */
  async turn() {
    const last = this.turns.at(-1) ?? 0
    if (!this.#going || last > this.#left) return false
    const steps = this.losses.length < COMPARED ? 1 : Math.max(1, Math.round(TURN_MS / last))
    const answer = await this.#ask({ task: "turn", steps }, this.#left)
    if (answer) {
      this.turns.push(answer.ms / steps)
      this.dispatches = answer.dispatches / steps
    }
    this.#count(answer)
    return this.#going
  }

  end() {
    this.#going = false
    this.#child.kill("SIGKILL")
  }

  #count(answer) {
    if (!answer) return this.end()
    this.#left -= answer.ms
    if (this.losses.length < COMPARED) this.losses.push(answer.loss)
  }

  /**
   * The answer; undefined where none came in time. @throws what the peer threw, and where its
   * process ended
   */
  #ask(message, limit) {
    const child = this.#child
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => settle(resolve), limit)
      const gone = (code, signal) => settle(reject, new Error(`${this.name}: its process ended (${signal ?? code})`))
      const said = ({ answer, error }) =>
        error === undefined ? settle(resolve, answer) : settle(reject, new Error(`${this.name}: ${error}`))
      function settle(how, value) {
        clearTimeout(late)
        child.off("exit", gone)
        child.off("message", said)
        how(value)
      }
      child.once("exit", gone)
      child.once("message", said)
      child.send(message, (error) => error && settle(reject, new Error(`${this.name}: ${error.message}`)))
    })
  }
}
