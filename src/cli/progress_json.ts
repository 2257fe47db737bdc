/** Prints events as JSON lines: each one that says what came out, and of those that only say how far it is ten per second. */

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
      if (now() - last < PAUSE) return
      last = now()
    }
    print(JSON.stringify(event))
  }
}
