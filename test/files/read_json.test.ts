/**
 * JSON of run folders: what does not fit is refused with file, key, what came and what was
 * expected.
 */
import path from "node:path"
import { describe, expect, it } from "vitest"
import { readJson } from "../../src/files/read_json.ts"
import { checked, count, having, keyed, list, nullable, number, object, oneOf, optional, problemOf, record, text, whole } from "../../src/files/schema.ts" // biome-ignore format: a list
import { tempFolder } from "../support/temp_folder.ts"

const schema = object({ name: text, sizes: list(object({ n: whole(1, 9) })), more: optional(nullable(number)) })
const right = { name: "a", sizes: [{ n: 1 }, { n: 2 }] }

describe("a document", () => {
  const read = async (content: string) => {
    const file = path.join(await tempFolder({ "a.json": content }), "a.json")
    return readJson(file, schema, "what cnn writes")
  }

  it("comes back as it is, with what the schema does not name, in its order", async () => {
    const document = { extra: { x: 1 }, ...right, more: null }
    expect(JSON.stringify(await read(JSON.stringify(document)))).toBe(JSON.stringify(document))
  })

  it.each([
    ["no key", { sizes: [] }, 'a.json: no "name" in it. The file was damaged or changed; expected what cnn writes'],
    ["a key deep inside", { ...right, sizes: [{ n: 1 }, {}] }, 'a.json: no "sizes.1.n" in it'],
    ["another kind", { ...right, name: 5 }, "a.json: name is 5, expected a text"],
    [
      "a number out of bounds",
      { ...right, sizes: [{ n: 10 }] },
      "sizes.0.n is 10, expected a whole number from 1 to 9",
    ],
    ["a part", { ...right, sizes: [{ n: 1.5 }] }, "sizes.0.n is 1.5, expected a whole number from 1 to 9"],
    ["a long value", { ...right, more: "x".repeat(99) }, `more is "${"x".repeat(39)} ..., expected a number`],
    ["a list for a number", { ...right, more: [1] }, "more is a list, expected a number"],
    ["a list for an object", { ...right, sizes: [[]] }, 'no "sizes.0.n" in it'],
    ["null", null, "a.json: holds null; expected what cnn writes"],
  ])("is refused with its name: %s", async (_, document, message) => {
    await expect(read(JSON.stringify(document))).rejects.toThrow(message)
  })

  it("is refused where it is no JSON, or holds what JSON has no number for", async () => {
    await expect(read('{"name": ')).rejects.toThrow(/a\.json: no JSON \(.*\); expected what cnn writes/)
    await expect(read('{"name": "a", "sizes": [], "more": 1e999}')).rejects.toThrow(
      "more is null, expected a finite number",
    )
  })

  it("is refused where there is none", async () => {
    const file = path.join(await tempFolder(), "none.json")
    expect(() => readJson(file, schema, "what cnn writes")).toThrow(`${file}: no such file; expected what cnn writes`)
  })
})

describe("a schema", () => {
  it.each([
    [count, -1, "it is -1, expected a whole number from 0"],
    [oneOf(["a", "b"]), "c", 'it is "c", expected "a" or "b"'],
    [record(number), { a: "x" }, 'a is "x", expected a number'],
    [keyed(["a", "b"], number), { a: 1 }, 'no "b" in it'],
    [having("a", object({ a: number }), object({ b: number })), { a: "x" }, 'a is "x", expected a number'],
    [having("a", object({ a: number }), object({ b: number })), {}, 'no "b" in it'],
    [
      checked(object({ a: number }), ({ a }) => a > 1, "more than 1"),
      { a: 1 },
      "it is an object, expected more than 1",
    ],
  ])("%# says what it expects", (one, value, message) => {
    expect(problemOf(one, value)).toBe(message)
  })

  it("has nothing to say of what fits, also where a value is named like a part of an object", () => {
    expect(problemOf(schema, JSON.parse('{"__proto__":{"name":1},"name":"a","sizes":[]}'))).toBeUndefined()
    expect(problemOf(record(number), JSON.parse('{"constructor":1}'))).toBeUndefined()
  })
})
