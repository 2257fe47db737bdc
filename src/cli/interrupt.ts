/** Signals that end a run, and the exit code that says so. */
const CODES = { SIGINT: 130, SIGTERM: 143 } as const

/**
 * Signals within so many milliseconds are one: Ctrl-C reaches a program under npx from the terminal
 * and from npm.
 */
const TWICE = 500

export interface Interrupt {
  /** Aborted by the first signal. */
  signal: AbortSignal
  /** The exit code, once a signal came. */
  readonly code: number | undefined
  /** From here on signals do what they always do. */
  release(): void
}

/** The first Ctrl-C asks to stop, the second quits. */
export function onInterrupt(first: () => void): Interrupt {
  const abort = new AbortController()
  let at = 0
  let code: number | undefined
  const handle = (name: NodeJS.Signals) => {
    if (code !== undefined && performance.now() - at < TWICE) return
    if (code !== undefined) process.exit(code)
    at = performance.now()
    code = CODES[name as keyof typeof CODES]
    first()
    abort.abort(new Error("interrupted"))
  }
  for (const name of Object.keys(CODES)) process.on(name, handle)
  return {
    signal: abort.signal,
    get code() {
      return code
    },
    release() {
      for (const name of Object.keys(CODES)) process.off(name, handle)
    },
  }
}
