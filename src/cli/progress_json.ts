/**
 * Prints events as JSON lines: each result, and ten lines of progress per second. The last line of
 * a progress, where `done` is `total`, is always printed: a reader would stay at 98 %.
 */

const PROGRESS = new Set(["read", "compiling", "batch", "evaluate", "progress"])

/** Milliseconds from one line of progress to the next. */
const PAUSE = 100

export function progressJson(
  print: (line: string) => void = console.log,
  now: () => number = () => performance.now(),
): <Event extends { type: string }>(event: Event) => void {
  let last = -Infinity
  return (event) => {
    if (PROGRESS.has(event.type)) {
      if (now() - last < PAUSE && !isLast(event)) return
      last = now()
    }
    print(JSON.stringify(event))
  }
}

const isLast = (event: { type: string; done?: unknown; total?: unknown }): boolean =>
  event.done !== undefined && event.done === event.total
