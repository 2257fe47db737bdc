import { describe, expect, it } from "vitest"
import { table } from "../../src/text/table.ts"

describe("a table of text", () => {
  const rows = [
    ["name", "kind", "n"],
    ["a", "b", "1,000"],
  ]

  it("has words to the left in its first column, numbers to the right in all others", () => {
    expect(table(rows)).toEqual(["name  kind      n", "a        b  1,000"])
  })

  it("aligns each column as it is told, the rest like the last", () => {
    expect(table(rows, "llr")).toEqual(["name  kind      n", "a     b     1,000"])
    expect(table(rows, "l")).toEqual(["name  kind  n", "a     b     1,000"])
    expect(table(rows, "r")).toEqual(["name  kind      n", "   a     b  1,000"])
  })

  it("ends no line with blanks", () => {
    expect(
      table(
        [
          ["a", ""],
          ["b", "c"],
        ],
        "l",
      ),
    ).toEqual(["a", "b  c"])
  })
})
