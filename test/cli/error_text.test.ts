/** What a command says of an error: a message of ours as it is, a bug as what it is. */

import path from "node:path"
import { pathToFileURL } from "node:url"
import { describe, expect, it } from "vitest"
import { errorText } from "../../src/cli/error_text.ts"
import { asUsage, UsageError } from "../../src/cli/usage_error.ts"
import { cnn } from "../support/cli.ts"
import { tempFolder } from "../support/temp_folder.ts"

describe("asUsage", () => {
  const throwing = (error: Error) => () =>
    asUsage(() => {
      throw error
    }, "--size 80: ")

  it.each(["(", "["])("makes a wrong pattern wrong usage: %s", (pattern) => {
    expect(() => asUsage(() => new RegExp(pattern))).toThrow(UsageError)
  })

  it("makes an error of ours one of usage", () => {
    expect(asUsage(() => 3)).toBe(3)
    expect(throwing(new Error("too small"))).toThrow(new UsageError("--size 80: too small"))
  })

  it.each([TypeError, RangeError, ReferenceError])("leaves a bug as it is: %o", (Bug) => {
    const bug = new Bug("x is undefined")
    expect(throwing(bug)).toThrow(bug)
  })
})

describe("an error", () => {
  it("of ours is its message", () => {
    expect(errorText(new Error("a.json: no such file"))).toBe("a.json: no such file")
    expect(errorText("a word")).toBe("a word")
  })

  it("of JavaScript's is called a bug, with where it happened", () => {
    const bug = new TypeError("x is undefined")
    expect(errorText(bug)).toMatch(
      /^this is a bug in cnn \d+\.\d+\.\d+, please report it with these lines:\nTypeError: x/,
    )
    expect(errorText(bug)).toContain("error_text.test.ts")
  })

  it("is no bug of ours where a user's own file threw it", async () => {
    const folder = await tempFolder({ "net.mjs": "export const build = () => undefined.size" })
    const { build } = await import(pathToFileURL(path.join(folder, "net.mjs")).href)
    const error = await Promise.resolve().then(build).catch((error: unknown) => error) // biome-ignore format: a chain
    expect(errorText(error)).toBe("Cannot read properties of undefined (reading 'size')")
  })

  it("in a command comes with its stack, and exit code 1", async () => {
    const broken = `data:text/javascript,${encodeURIComponent("delete String.prototype.padEnd")}`
    const { code, stderr } = await cnn(["shaders"], { NODE_OPTIONS: `--import=${broken}` })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^cnn: this is a bug in cnn .*\nTypeError: .* is not a function\n[\s\S]*shaders\.js:\d+/)
  })
})
