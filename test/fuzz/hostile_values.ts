/** What somebody might put into a file to break its reader: arbitraries of fast-check. */
import fc from "fast-check"

/** Changes of a file's bytes, at a place given as a part of its length. */
type Edit =
  | { what: "set"; at: number; byte: number }
  | { what: "flip"; at: number; bit: number }
  | { what: "cut"; at: number }
  | { what: "drop"; at: number; length: number }
  | { what: "insert"; at: number; bytes: Uint8Array }
  | { what: "repeat"; at: number; length: number }

/**
 * Anywhere, or among the first bytes, evenly: fast-check prefers the smallest values, and then
 * every file ends at its first byte.
 */
const part = (most: number) => fc.noBias(fc.nat(9_999)).map((n) => (n / 10_000) * most)
const at = fc.oneof({ weight: 3, arbitrary: part(1) }, { weight: 1, arbitrary: part(0.1) })
const length = fc.integer({ min: 1, max: 64 })
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ what: fc.constant("set" as const), at, byte: fc.constantFrom(0, 1, 0x7f, 0x80, 0xfe, 0xff) }),
  fc.record({ what: fc.constant("flip" as const), at, bit: fc.nat(7) }),
  fc.record({ what: fc.constant("cut" as const), at }),
  fc.record({ what: fc.constant("drop" as const), at, length }),
  fc.record({ what: fc.constant("insert" as const), at, bytes: fc.uint8Array({ minLength: 1, maxLength: 16 }) }),
  fc.record({ what: fc.constant("repeat" as const), at, length }),
)

function edited(bytes: Uint8Array, change: Edit): Uint8Array {
  const place = Math.floor(change.at * bytes.length)
  const [head, tail] = [bytes.subarray(0, place), bytes.subarray(place)]
  if (change.what === "cut") return head
  if (change.what === "drop") return Buffer.concat([head, tail.subarray(change.length)])
  if (change.what === "insert") return Buffer.concat([head, change.bytes, tail])
  if (change.what === "repeat") return Buffer.concat([head, tail.subarray(0, change.length), tail])
  const copy = Uint8Array.from(bytes)
  if (place < copy.length) copy[place] = change.what === "set" ? change.byte : copy[place] ^ (1 << change.bit)
  return copy
}

/** One of these files after one to six changes; now and then bytes that never were a file. */
export const mutated = (files: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
    {
      weight: 9,
      arbitrary: fc
        .tuple(fc.constantFrom(...files), fc.array(edit, { minLength: 1, maxLength: 6 }))
        .map(([file, edits]) => edits.reduce(edited, file)),
    },
  )

const DEEP = '{"a":'.repeat(20_000) + "1" + "}".repeat(20_000)

/** JSON texts in place of a value. */
const VALUES = [
  ...["null", "true", "0", "-1", "0.5", "1e308", "-1e308", "1e999", "NaN", '""', '"x"', "[]", "{}", "[null]", "[[[]]]"],
  ...['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}', '"__proto__"', '"constructor"'],
  ...['"../../../../etc/passwd"', '"/etc/passwd"', '"<img src=x onerror=alert(1)>"', "9007199254740993", DEEP],
]

/**
 * A document with one or two values replaced, a key removed or renamed, or the text itself damaged.
 */
export const mutatedJson = (document: unknown): fc.Arbitrary<string> => {
  const text = JSON.stringify(document, null, 1)
  const lines = text.split("\n")
  const line = fc.nat(lines.length - 1)
  const replaced = fc.tuple(line, fc.constantFrom(...VALUES)).map(([i, value]) => replaceValue(lines, i, value))
  const renamed = fc
    .tuple(line, fc.constantFrom("__proto__", "constructor", "x", ""))
    .map(([i, key]) => lines.with(i, lines[i].replace(/"[^"]*":/, `"${key}":`)).join("\n"))
  const damaged = mutated([Buffer.from(text)]).map((bytes) => Buffer.from(bytes).toString("utf8"))
  const whole = fc.constantFrom(...VALUES)
  return fc.oneof({ weight: 6, arbitrary: replaced }, { weight: 2, arbitrary: renamed }, damaged, whole)
}

/** The value that begins in line `i`, all its lines, is another. */
function replaceValue(lines: readonly string[], i: number, value: string): string {
  const [, head, open] = /^(\s*(?:"(?:[^"\\]|\\.)*": )?)(.*?),?$/.exec(lines[i])!
  if (/^[\]}]/.test(open)) return lines.join("\n")
  let end = i
  const indent = /^\s*/.exec(lines[i])![0]
  if (open === "{" || open === "[") while (!lines[end].startsWith(indent + (open === "{" ? "}" : "]"))) end++
  const comma = lines[end].endsWith(",") ? "," : ""
  return [...lines.slice(0, i), `${head}${value}${comma}`, ...lines.slice(end + 1)].join("\n")
}

/**
 * Names of files, classes and groups that mean something to a page, a spreadsheet, a shell or an
 * object.
 */
export const NAMES = [
  ...["<img src=x onerror=alert(1)>", '"><script>alert(1)</script>', "'; DROP", "a\nb", "a\rb", "a,b", 'a"b', "a;b"],
  ...["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "'=1", "''=1", " =1", "＝1", "__proto__", "constructor", "toString"],
  ...["&amp;", "%2e%2e", "\u202egnp", "\u001b[31mred", "é", "e\u0301", "名", "$(id)", "a|b", "CON", "x".repeat(200)],
]

export const hostileText = fc.oneof(
  fc.constantFrom(...NAMES),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(..."'=+-@\t\r\n\",; a"), maxLength: 8 }),
)
