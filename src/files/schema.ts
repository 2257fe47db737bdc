/**
 * What a value read from elsewhere must be: schemas of valibot, each with words for what it
 * expects. Values stay as they are, with keys that no schema names. Runs in a browser too.
 */
import * as v from "valibot"

export type Schema<Value> = v.GenericSchema<unknown, Value>
export type { InferOutput } from "valibot"

export const text = v.string("a text")
export const flag = v.boolean("true or false")
/** JSON has no NaN and no infinity, but 1e999 reads as one. */
export const number = v.pipe(v.number("a number"), v.finite("a finite number"))
/** Of a checked file, which keeps what JSON has not. */
export const anyNumber = v.custom<number>((value) => typeof value === "number", "a number")
export const nullable = v.nullable
export const optional = v.optional
export const anything = v.unknown()

export const whole = (low: number, high: number) => {
  const expected = `a whole number from ${low} to ${high}`
  return v.pipe(v.number(expected), v.check((n) => Number.isInteger(n) && n >= low && n <= high, expected)) // biome-ignore format: short
}

/** How many there are of something, or which one it is. */
export const count = v.pipe(
  v.number("a whole number from 0"),
  v.check((n) => Number.isSafeInteger(n) && n >= 0, "a whole number from 0"),
)

export const object = <const Entries extends v.ObjectEntries>(entries: Entries) => v.object(entries, "an object")
export const list = <const Item extends v.GenericSchema>(item: Item) => v.array(item, "a list")

/**
 * valibot's own record leaves out keys such as "__proto__" and "constructor", which a class may be
 * called.
 */
export const record = <const Value extends v.GenericSchema>(value: Value) =>
  v.pipe(
    v.custom<Record<string, v.InferOutput<Value>>>(
      (input) => typeof input === "object" && input !== null && !Array.isArray(input),
      "an object",
    ),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return
      for (const [key, item] of Object.entries(dataset.value)) {
        const [issue] = v.safeParse(value, item, { abortEarly: true }).issues ?? []
        if (!issue) continue
        const at = { type: "object", origin: "value", input: dataset.value, key, value: item } as const
        addIssue({ message: issue.message, input: issue.input, path: [at, ...((issue.path ?? []) as never[])] })
      }
    }),
  )

export const tuple = <const Items extends v.TupleItems>(items: Items) => v.tuple(items, `${items.length} values`)
export const pair = tuple([number, number])

/** An object with the same kind of value under each key. */
export const keyed = <const Key extends string, const Value extends v.GenericSchema>(
  keys: readonly Key[],
  value: Value,
) => object(Object.fromEntries(keys.map((key) => [key, value])) as Record<Key, Value>)

export const oneOf = <const Name extends string>(names: readonly Name[]) =>
  v.picklist(names, names.map((name) => JSON.stringify(name)).join(" or "))

export const either = <const Options extends v.GenericSchema[]>(options: Options, expected: string) =>
  v.union(options, expected)

/** A schema that must hold besides, for what several keys come to together. */
export const checked = <const Of extends v.GenericSchema>(
  schema: Of,
  holds: (value: v.InferOutput<Of>) => boolean,
  expected: string,
) => v.pipe(schema, v.check(holds, expected))

/** One of two schemas, by whether the object has a key. */
export const having = <const With extends v.GenericSchema, const Without extends v.GenericSchema>(
  key: string,
  schema: With,
  without: Without,
) => v.lazy((value): With | Without => (typeof value === "object" && value && key in value ? schema : without))

/** What is wrong with a value, and where in it; undefined if nothing is. */
export function problemOf(schema: Schema<unknown>, value: unknown): string | undefined {
  const { issues } = v.safeParse(schema, value, { abortEarly: true, abortPipeEarly: true })
  if (!issues) return undefined
  const [{ message, path = [], input, received }] = issues
  const key = path.map((item) => String(item.key)).join(".")
  if (received === "undefined") return `no "${key}" in it`
  return `${key || "it"} is ${shown(input)}, expected ${message}`
}

/** Objects by their kind alone, since they may be nested deeper than the stack. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list"
  if (typeof value === "object" && value !== null) return "an object"
  const found = String(JSON.stringify(value))
  return found.length > 40 ? `${found.slice(0, 40)} ...` : found
}
