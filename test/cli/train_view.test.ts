import { Writable } from "node:stream"
import { stripVTControlCharacters } from "node:util"
import { describe, expect, it, vi } from "vitest"
import { Bar, barLine } from "../../src/cli/bar.ts"
import { TimeKeeper } from "../../src/cli/time_left.ts"
import type { RunEvent } from "../../src/cli/train_events.ts"
import { plainView } from "../../src/cli/view_plain.ts"
import { TerminalView } from "../../src/cli/view_terminal.ts"
import { binaryMetrics } from "../../src/eval/metrics.ts"
import { resultText } from "../../src/report/result.ts"
import { clock, percent, table, wrap } from "../../src/text/table.ts"

describe("text", () => {
  it("shows times, parts and what is not defined", () => {
    expect([7.4, 750, 3723].map(clock)).toEqual(["0:07", "12:30", "1:02:03"])
    expect([0.93751, null].map(percent)).toEqual(["93.8 %", "-"])
  })

  it("wraps between words and leaves alone what fits", () => {
    expect(wrap("Groups    one two three", 17, 10)).toEqual(["Groups    one two", "          three"])
    expect(wrap("   a  table   row", 17)).toEqual(["   a  table   row"])
    expect(wrap("a-word-longer-than-the-line b", 10)).toEqual(["a-word-longer-than-the-line", "b"])
  })

  it("aligns tables: names to the left, numbers to the right", () => {
    const rows = [
      ["", "n"],
      ["fold-0", "7"],
      ["pooled", "1,234"],
    ]
    expect(table(rows)).toEqual(["            n", "fold-0      7", "pooled  1,234"])
  })
})

describe("the bar", () => {
  const figures = ["epoch  3/12", "loss 0.412", "accuracy 87.3 %", "1:02 left", "1,240 images/s"]

  it("never is longer than the terminal is wide, and shows the first figures first", () => {
    for (const columns of [40, 60, 80, 100, 140]) {
      const line = barLine(0.25, "fold-1", figures, columns)
      expect(line.length).toBeLessThanOrEqual(columns)
      expect(line).toMatch(/^fold-1 █+░+ {2}epoch {2}3\/12/)
    }
    expect(barLine(0.25, "fold-1", figures, 80)).toMatch(/loss 0\.412 {2}accuracy 87\.3 % {2}1:02 left$/)
    expect(barLine(0.25, "x".repeat(60), figures, 40)).toBe(`${"x".repeat(34)} █░░░`)
    expect(barLine(0.25, "fold-1", figures, 140)).toMatch(/1,240 images\/s$/)
  })

  it("has the folds inside it, if they fit", () => {
    expect(barLine(0.5, "fold-1", [], 80, 3)).toBe("fold-1 █████████│█████░░░░│░░░░░░░░░")
    expect(barLine(0.5, "fold-1", [], 80, 20)).toBe(`fold-1 ${"█".repeat(15)}${"░".repeat(15)}`)
    expect(barLine(1 / 3, "fold-1", [], 20, 3)).toBe("fold-1 ███│░░░│░░░")
  })

  it("is empty at the start and full at the end", () => {
    expect(barLine(0, "x", [], 80)).toBe(`x ${"░".repeat(30)}`)
    expect(barLine(1, "x", [], 80)).toBe(`x ${"█".repeat(30)}`)
  })
})

it("tells the time left from the folds that are done", () => {
  const time = new TimeKeeper()
  const fold = (index: number) =>
    ({ type: "fold", repeat: 0, repeats: 1, fold: index, folds: 4, train: 1, validation: 1, test: 1 }) as const
  time.take(fold(0), 100)
  expect(time.left(0.25, 110)).toEqual({ fold: 30, run: 30 + 3 * 40 })
  time.take({ type: "fold-end", seconds: 20 } as RunEvent, 120)
  time.take(fold(1), 120)
  expect(time.left(0.5, 130)).toEqual({ fold: 10, run: 10 + 2 * 20 })
  // Half of it was done before a pause: the other half takes as long as it looks like now.
  time.take({ ...fold(3), before: 0.5 }, 200)
  expect(time.left(0.75, 205)).toEqual({ fold: 5, run: 5 })
})

const epoch = { fold: 0, epoch: 1, epochs: 2, loss: 0.5, accuracy: 0.5, imagesPerSecond: 3 }
const events = {
  open: { type: "open" },
  read: { type: "read", what: "draw", done: 0, total: 300 },
  compiling: { type: "compiling", done: 3, total: 7 },
  fold: { type: "fold", repeat: 0, repeats: 1, fold: 1, folds: 2, train: 8, validation: 4, test: 4 },
  batch: { type: "batch", done: 1, total: 4, ...epoch },
  validate: { type: "evaluate", fold: 0, part: "validation", done: 2, total: 4 },
  test: { type: "evaluate", fold: 0, part: "test", done: 0, total: 4 },
} satisfies Record<string, RunEvent>

const pipelines = [
  { kernel: "sum BLOCK=4096", milliseconds: 40 },
  { kernel: "conv2d_tile TILE=4", milliseconds: 1240 },
]
const kernels = [
  { kernel: "conv2d_tile", dispatches: 1200, milliseconds: 1500, share: 0.75 },
  { kernel: "sum", dispatches: 4, milliseconds: 500, share: 0.25 },
]
const TRACE = [
  "fold-0: 2.00 s on the adapter in 1,204 dispatches, by kernel",
  "  kernel       dispatches  total ms  mean ms   share",
  "  conv2d_tile       1,200    1500.0    1.250  75.0 %",
  "  sum                   4     500.0  125.000  25.0 %",
]

const estimated = {
  type: "estimate",
  seconds: 75,
  atMost: true,
  memory: 45.6e6,
  weights: 5e5,
  checkpoint: 3e5,
} as const

describe("plain lines", () => {
  it("name the slowest of the pipelines, and keep the trace for standard error", () => {
    const [said, traced]: string[][] = [[], []]
    const view = plainView(
      (line) => said.push(line),
      (line) => traced.push(line),
    )
    view.show({ type: "compile", pipelines, seconds: 1.28 })
    view.show({ type: "first-step", seconds: 0.34 })
    view.show(estimated)
    view.show({ type: "trace", repeat: 0, fold: 0, kernels })
    view.close()
    expect(said).toEqual([
      "2 kernels compiled in 1.3 s, the slowest conv2d_tile in 1.2 s",
      "First step in 0.3 s",
      "Estimate  at most 1:15, 45.6 MB on the adapter, 500.0 kB of weights on disk, and 600.0 kB of checkpoints while it runs",
    ])
    expect(traced).toEqual(TRACE)
  })

  it("say something every ten seconds, whatever is under way, and nothing once closed", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] })
    const said: string[] = []
    const view = plainView((line) => said.push(line))
    const afterAWhile = (event: RunEvent) => {
      view.show(event)
      vi.advanceTimersByTime(10_500)
      return said.at(-1)
    }
    expect(afterAWhile(events.open)).toBe("  opening the adapter")
    view.show(events.read)
    view.show({ ...events.read, done: 9 })
    expect(said.slice(1)).toEqual(["Drawing images: 0 of 300"])
    expect(afterAWhile({ ...events.read, done: 10 })).toBe("  Drawing images: 10 of 300")
    expect(afterAWhile(events.compiling)).toBe("  compiling: 3 of 7 kernels")
    view.show(events.fold)
    expect(afterAWhile(events.batch)).toMatch(
      /epoch 1\/2, batch 1\/4: loss 0\.500 accuracy 50\.0 %, 3 images\/s, \d:\d\d left/,
    )
    expect(afterAWhile(events.validate)).toBe("  validating: 2 of 4 images")
    expect(afterAWhile(events.test)).toBe("  testing: 0 of 4 images")
    // Nothing new: the same line again would look as if nothing moved.
    expect(afterAWhile(events.test)).toBe("  testing: 0 of 4 images (0:20)")
    view.close()
    const lines = said.length
    vi.advanceTimersByTime(60_000)
    expect(said.length).toBe(lines)
    vi.useRealTimers()
  })
})

describe("on a terminal", () => {
  /** A terminal that keeps what it is sent. */
  function terminal() {
    const sent: string[] = []
    const stream = new Writable({ write: (chunk, _, done) => done(void sent.push(String(chunk))) })
    return { sent, stream: Object.assign(stream, { isTTY: true, columns: 100 }) as unknown as NodeJS.WriteStream }
  }

  it("there is a bar for all that takes time", async () => {
    const { sent, stream } = terminal()
    const view = new TerminalView(stream)
    const shown = async (event: RunEvent) => {
      view.show(event)
      sent.length = 0
      await vi.waitFor(() => expect(sent.join("")).toContain("░"))
      return sent.join("")
    }
    expect(await shown(events.open)).toMatch(/Opening the adapter ░+ {2}0:0\d/)
    expect(await shown(events.read)).toMatch(/Drawing the images ░+ {2}0 of 300/)
    view.show(events.fold)
    expect(await shown(events.batch)).toMatch(/fold-1 █+│█*░+ {2}epoch 1\/2 {2}\d:\d\d left {2}loss 0\.500/)
    expect(await shown(events.validate)).toMatch(/fold-1 █+│█*░+ {2}validating: 2 of 4/)
    expect(await shown(events.test)).toMatch(/fold-1 █+│█*░+ {2}testing: 0 of 4/)
    view.close()
  })

  it("the first step's time and the estimate stand above the bar, which goes on; the trace goes to standard error", async () => {
    const { sent, stream } = terminal()
    const view = new TerminalView(stream)
    view.show(events.fold)
    view.show({ type: "first-step", seconds: 0.34 })
    expect(sent.join("")).toContain("First step in 0.3 s\n")
    view.show({ ...estimated, atMost: false })
    expect(stripVTControlCharacters(sent.join(""))).toContain(
      "Estimate  about 1:15, 45.6 MB on the adapter, 500.0 kB of",
    )
    view.show(events.fold)
    sent.length = 0
    await vi.waitFor(() => expect(sent.join("")).toMatch(/fold-1 █+│░/))
    const error = vi.spyOn(console, "error").mockImplementation(() => {})
    view.show({ type: "trace", repeat: 0, fold: 0, kernels })
    expect(error.mock.calls.flat()).toEqual(TRACE)
    error.mockRestore()
    view.close()
  })

  it("a narrower terminal loses the rows into which it broke the bar, and no more", () => {
    const { sent, stream } = terminal()
    const bar = new Bar(stream, "fold-0", { parts: 2 })
    bar.update(0.5, ["epoch 1/2", "1:02 left", "loss 0.500"])
    const narrow = (columns: number) => {
      sent.length = 0
      stream.columns = columns
      stream.emit("resize")
      return sent.join("")
    }
    expect(narrow(90)).toBe("")
    expect(narrow(40)).toBe("\u001b[1A\u001b[1G\u001b[0J")
    expect(narrow(30)).toBe("")
    bar.stop()
    expect(narrow(2)).toBe("")
    expect(stream.listenerCount("resize")).toBe(0)
  })

  it("nothing moves any more once it is closed, also in the middle of a fold", async () => {
    const { sent, stream } = terminal()
    const view = new TerminalView(stream)
    view.show(events.fold)
    view.show(events.batch)
    view.close()
    const before = sent.length
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(sent.length).toBe(before)
  })
})

/** Of one fold. */
function summary(labels: number[], scores: number[]) {
  const pooled = binaryMetrics({ labels, probabilities: scores.map((p) => [1 - p, p]) })
  const fold = { repeat: 0, fold: 0, bestEpoch: 1, epochs: 1, seconds: 2, temperature: 1, ...pooled }
  const averages = { mean: {}, sd: {} }
  const whole = { complete: true, foldCount: 1, classes: ["whole", "broken"], folds: [fold], ...averages }
  return { ...whole, pooled, seconds: 2, compile: null }
}

describe("the closing lines", () => {
  const text = (labels: number[], scores: number[]) => {
    const end = { evaluation: null, folder: "runs/x", grouping: "By hand.", problems: ["so it is"], interrupted: false }
    return resultText({ summary: summary(labels, scores), ...end }).join("\n")
  }

  it("set the accuracy beside that of always answering the most frequent class", () => {
    expect(text([1, 1, 1, 0], [0.9, 0.8, 0.7, 0.2])).toContain(
      'Out of fold, 100.0 % of 4 images are right. Always answering "broken" is right for 75.0 %.',
    )
  })

  it("name the files that are there where no fold is finished", () => {
    const none = { ...summary([1, 0], [0.6, 0.4]), complete: false, folds: [], pooled: null }
    const end = { evaluation: null, folder: "runs/x", grouping: "By hand.", problems: [], interrupted: true }
    expect(resultText({ summary: none, ...end })).toEqual([
      "Stopped after 0 of 1 folds.",
      "No fold is finished. runs/x holds the settings and the epochs: config.json, history.csv.",
    ])
  })

  it("say how images were grouped, and what the figures are worth less for", () => {
    const lines = text([1, 1, 1, 0], [0.9, 0.8, 0.7, 0.6])
    expect(lines).toMatch(/^Groups: By hand\. .*\nProblem: so it is\n/m)
  })
})
