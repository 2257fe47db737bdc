import { clearLine, cursorTo } from "node:readline"
import { isTerminal } from "./print.ts"

/** Milliseconds between lines of a log. */
const PAUSE = 10_000

let said = 0

/** When a command begins: what is done in its first seconds is not worth a line. */
export function beginStatus(): void {
  said = performance.now()
}

/**
 * Shows on standard error what is being done: on a terminal until the next text takes its place,
 * elsewhere a line now and then.
 */
export function status(text: string): void {
  const { stderr } = process
  if (isTerminal(stderr)) {
    cursorTo(stderr, 0)
    clearLine(stderr, 0)
    stderr.write(text.slice(0, (stderr.columns || 80) - 1))
  } else if (text !== "" && performance.now() - said >= PAUSE) {
    console.error(text.trim())
    said = performance.now()
  }
}
