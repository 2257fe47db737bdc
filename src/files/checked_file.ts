/**
 * Values in a file that tells whether it is still what was written: JSON with the SHA-256 of its
 * own content.
 */
import { readFileSync } from "node:fs"
import { problemOf, type Schema } from "./schema.ts"
import { sha256 } from "./sha256.ts"
import { writeWhole } from "./write_whole.ts"

/** Why a file cannot be used: it is cut short, was changed, or is not there. */
export class Damaged extends Error {}

export function writeChecked(file: string, value: object): void {
  const body = JSON.stringify(value, writeNumber)
  writeWhole(file, `{"sha256":"${sha256(body)}","body":${body}}\n`)
}

/**
 * @throws Damaged where it was cut short or changed since it was written; another error where its
 * checksum is right, and it is not what the schema says
 */
export function readChecked<Value>(file: string, schema: Schema<Value>): Value {
  const text = readIfThere(file).toString("utf8")
  const [, hash, body] = /^\{"sha256":"([0-9a-f]{64})","body":(.*)\}\n$/s.exec(text) ?? []
  if (body === undefined || sha256(body) !== hash)
    throw new Damaged(`${file}: its content is not what its checksum says; it was cut short or changed`)
  const value = parsed(body)
  const problem = problemOf(schema, value)
  if (problem === undefined) return value as Value
  throw new Error(`${file}: not what cnn train writes, although its checksum is right: ${problem}. Begin a new run`)
}

/** undefined where it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text, readNumber)
  } catch {
    return undefined
  }
}

/** @throws Damaged where the file cannot be read, or is not what its SHA-256 says */
export function readHashed(file: string, hash: string): Buffer {
  const bytes = readIfThere(file)
  if (sha256(bytes) === hash) return bytes
  throw new Damaged(`${file}: its content is not what its checksum says; it was cut short or changed`)
}

function readIfThere(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
    throw new Damaged(`${file}: is not there any more`, { cause: error })
  }
}

/** JSON has no NaN, no infinity and no -0. */
function writeNumber(_: string, value: unknown): unknown {
  if (typeof value !== "number" || (Number.isFinite(value) && !Object.is(value, -0))) return value
  return { $number: Object.is(value, -0) ? "-0" : String(value) }
}

function readNumber(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("$number" in value)) return value
  return Number(value.$number)
}
