import { expect, it } from "vitest"
import { progressJson } from "../../src/cli/progress_json.ts"

type Timed = [milliseconds: number, event: { type: string; done?: number; total?: number }]

/** The events that come out of these. */
function printed(events: readonly Timed[]) {
  const lines: string[] = []
  let time = 0
  const show = progressJson(
    (line) => lines.push(line),
    () => time,
  )
  for (const [at, event] of events) {
    time = at
    show(event)
  }
  return lines.map((line) => JSON.parse(line))
}

it.each(["read", "compiling", "batch", "evaluate", "progress"])("prints %s ten times per second at most", (type) => {
  const events = Array.from({ length: 3000 }, (_, at): Timed => [at, { type, done: at }])
  const out = printed(events)
  expect(out.map(({ done }) => done)).toEqual(Array.from({ length: 30 }, (_, i) => 100 * i))
})

it("counts all progress together", () => {
  const kinds = ["batch", "evaluate"]
  const events = Array.from({ length: 1000 }, (_, at): Timed => [at, { type: kinds[at % 2] }])
  expect(printed(events)).toHaveLength(10)
})

it("prints each result, however fast they come", () => {
  const kinds = ["open", "start", "fold", "epoch", "fold-end", "note", "contender-end", "end"]
  expect(printed(kinds.map((type): Timed => [0, { type }])).map(({ type }) => type)).toEqual(kinds)
})

it("prints the last progress, however soon it comes after another", () => {
  const events = [97, 98, 99, 100].map((done): Timed => [done, { type: "batch", done, total: 100 }])
  expect(printed(events).map(({ done }) => done)).toEqual([97, 100])
})
