import { readFileSync } from "node:fs"
import { problemOf, type Schema } from "./schema.ts"

/**
 * A JSON file that cnn wrote, as it is: with the keys that the schema does not name, in their
 * order.
 *
 * @param expected what should be there, for the message: "a run folder of cnn train"
 * @throws naming the file, the key and what it should be where it cannot be read, is no JSON or
 * does not fit the schema
 */
export function readJson<Document>(file: string, schema: Schema<Document>, expected: string): Document {
  const text = readText(file, expected)
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new Error(`${file}: no JSON (${(error as Error).message}); expected ${expected}`, { cause: error })
  }
  if (typeof document !== "object" || document === null)
    throw new Error(`${file}: holds ${text.trim().slice(0, 40)}; expected ${expected}`)
  const problem = problemOf(schema, document)
  if (problem === undefined) return document as Document
  throw new Error(`${file}: ${problem}. The file was damaged or changed; expected ${expected}`)
}

/** @throws where there is no such file, saying what was `expected` */
export function readText(file: string, expected: string): string {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error
    throw new Error(`${file}: no such file; expected ${expected}`, { cause: error })
  }
}
