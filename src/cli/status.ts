import { clearLine, cursorTo } from "node:readline"

/** What is being done, on a terminal, until the next line takes its place. */
export function status(text: string): void {
  if (!process.stderr.isTTY) return
  cursorTo(process.stderr, 0)
  clearLine(process.stderr, 0)
  process.stderr.write(text)
}
