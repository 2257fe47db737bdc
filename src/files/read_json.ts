import { readFileSync } from "node:fs"

/**
 * A JSON file that cnn wrote.
 *
 * @param keys that it must have, such as "size" or "data.hash"
 * @param expected what should be there, for the message: "a run folder of cnn train"
 * @throws where it cannot be read, is no JSON or lacks a key
 */
export function readJson<Document extends object>(file: string, keys: readonly string[], expected: string): Document {
  const text = readText(file, expected)
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw new Error(`${file}: no JSON (${(error as Error).message}); expected ${expected}`, { cause: error })
  }
  if (typeof document !== "object" || document === null)
    throw new Error(`${file}: holds ${text.trim().slice(0, 40)}; expected ${expected}`)
  const missing = keys.find((key) => valueAt(document, key) === null)
  if (missing === undefined) return document as Document
  throw new Error(`${file}: no "${missing}" in it; expected ${expected}`)
}

function valueAt(document: object, key: string): unknown {
  let value: unknown = document
  for (const name of key.split(".")) value = (value as Record<string, unknown> | null)?.[name] ?? null
  return value
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
