import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { status } from "../../src/cli/status.ts"

const { isTTY, columns } = process.stderr

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"], now: 0 }))
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  Object.assign(process.stderr, { isTTY, columns })
})

it("without a terminal, prints a line every ten seconds, and nothing of what is done at once", () => {
  Object.assign(process.stderr, { isTTY: false })
  const error = vi.spyOn(console, "error").mockImplementation(() => {})
  vi.advanceTimersByTime(60_000)
  status("")
  for (const text of ["1 of 9", "2 of 9"]) status(text)
  vi.advanceTimersByTime(9_000)
  status("3 of 9")
  vi.advanceTimersByTime(1_000)
  status("4 of 9 ")
  expect(error.mock.calls.flat()).toEqual(["1 of 9", "4 of 9"])
})

it("on a terminal, keeps to one line, however narrow it is", () => {
  Object.assign(process.stderr, { isTTY: true, columns: 12 })
  vi.stubEnv("TERM", "xterm")
  const write = vi.spyOn(process.stderr, "write").mockImplementation(() => true)
  status("Reading images: 1 of 9")
  expect(write.mock.calls.map(([text]) => text).at(-1)).toBe("Reading ima")
  vi.unstubAllEnvs()
})
