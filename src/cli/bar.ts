/** The progress bar of all commands. */
import { clearScreenDown, cursorTo, moveCursor } from "node:readline"
import { SingleBar } from "cli-progress"
import { clock } from "../text/table.ts"

/** Steps of a bar; finer than any terminal is wide. */
const STEPS = 1000

/** Columns that a part of a bar needs, with the line behind it. */
const PART = 3

export class Bar {
  readonly #bar: SingleBar
  readonly #stream: NodeJS.WriteStream
  /** Of the line that was drawn last. */
  #length = 0

  /** @param parts a line is drawn between them */
  constructor(stream: NodeJS.WriteStream, title: string, { progress = 0, parts = 1 } = {}) {
    this.#stream = stream
    this.#bar = new SingleBar({
      stream,
      fps: 10,
      clearOnComplete: true,
      hideCursor: true,
      // The run ends itself on Ctrl-C, and the bar with it.
      gracefulExit: false,
      // The elapsed time advances even if nothing else does.
      forceRedraw: true,
      format: (_options, { progress, startTime }, { title, figures }) => {
        const elapsed = clock((Date.now() - startTime) / 1000)
        const line = barLine(progress, title, figures.length > 0 ? figures : [elapsed], stream.columns || 80, parts)
        this.#length = line.length
        return line
      },
    })
    this.#bar.start(STEPS, Math.round(progress * STEPS), { title, figures: [] })
    stream.on("resize", this.#resized)
    process.on("exit", this.stop)
  }

  update(progress: number, figures: string[]): void {
    this.#bar.update(Math.round(progress * STEPS), { figures })
  }

  /** Gives the line and the cursor back. */
  readonly stop = (): void => {
    this.#stream.off("resize", this.#resized)
    process.off("exit", this.stop)
    this.#bar.stop()
  }

  /** A narrower terminal breaks the line into several rows; the next line takes their place. */
  readonly #resized = (): void => {
    const rows = Math.ceil(this.#length / (this.#stream.columns || 80))
    if (rows < 2) return
    moveCursor(this.#stream, 0, 1 - rows)
    cursorTo(this.#stream, 0)
    clearScreenDown(this.#stream)
    this.#length = 0
  }
}

/** Title, bar and as many figures as fit into the terminal, the first ones first. */
export function barLine(
  progress: number,
  title: string,
  figures: readonly string[],
  columns: number,
  parts = 1,
): string {
  const name = title.slice(0, Math.max(0, columns - 6))
  let right = ""
  for (const figure of figures) {
    if (name.length + right.length + figure.length + 14 > columns) break
    right += `  ${figure}`
  }
  const length = Math.max(4, Math.min(30, columns - name.length - right.length - 3))
  return `${name} ${cells(progress, length, parts)}${right}`
}

function cells(progress: number, length: number, parts: number): string {
  if (parts === 1 || length < PART * parts) return filled(progress, length)
  const width = Math.floor((length + 1) / parts) - 1
  return Array.from({ length: parts }, (_, i) => filled(progress * parts - i, width)).join("│")
}

function filled(progress: number, length: number): string {
  const full = Math.round(Math.min(1, Math.max(0, progress)) * length)
  return "█".repeat(full) + "░".repeat(length - full)
}
