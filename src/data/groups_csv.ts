import { readFile, stat } from "node:fs/promises"
import { parse } from "csv-parse/sync"
import { tame } from "../files/formula.ts"

/** `path` as data files are named: forward slashes, no leading "./", composed accents, no space around. */
export const canonical = (path: string): string =>
  path
    .replaceAll("\\", "/")
    .replace(/^(\.\/)+/, "")
    .normalize("NFC")
    .trim()

/**
 * The group of each file named in a CSV with the columns `file` (relative to the data folder) and `group`; other columns
 * are ignored. Commas, semicolons or tabs; quotes, BOM and CRLF as spreadsheets write them. Throws, naming file and line,
 * if it cannot be read or parsed, lacks a column, has an empty field, or puts a file into two groups.
 */
export async function readGroupsCsv(csv: string): Promise<Map<string, string>> {
  const text = await content(csv).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${csv}: ${error.code === "ENOENT" ? "no such file" : error.message}; expected groups as CSV`)
  })
  const groups = new Map<string, string>()
  for (const { record, info } of records(csv, text)) {
    const file = canonical(tame((record.file ?? "").trim()))
    const group = tame((record.group ?? "").trim())
    if (file === "" || group === "")
      throw new Error(`${csv}, line ${info.lines}: the ${file === "" ? "file" : "group"} is empty`)
    const before = groups.get(file)
    if (before !== undefined && before !== group)
      throw new Error(
        `${csv}, line ${info.lines}: ${file} is in group "${group}" here and in "${before}" above; it can be in one only`,
      )
    groups.set(file, group)
  }
  return groups
}

async function content(csv: string): Promise<string> {
  // A pipe that nobody writes to would be waited for.
  if (!(await stat(csv)).isFile()) throw new Error("is no plain file")
  return readFile(csv, "utf8")
}

interface Row {
  record: Record<string, string | undefined>
  info: { lines: number }
}

function records(csv: string, text: string): Row[] {
  const header = text.split(/\r?\n/, 1)[0]
  const delimiter = [",", ";", "\t"].find((mark) => header.includes(mark)) ?? ","
  const columns = (names: string[]) => {
    const lower = names.map((name) => name.trim().toLowerCase())
    for (const name of ["file", "group"])
      if (lower.filter((other) => other === name).length !== 1)
        throw new Error(`expected a header line with one column "${name}", found the columns ${names.join(", ")}`)
    return lower
  }
  const options = { columns, delimiter, bom: true, info: true, skip_empty_lines: true, relax_column_count_more: true }
  try {
    const rows = parse(text, options) as unknown as Row[]
    if (rows.length > 0) return rows
  } catch (error) {
    throw new Error(`${csv}: ${(error as Error).message}`, { cause: error })
  }
  throw new Error(
    `${csv}: expected a header line with the columns file and group, and a line for each image; found none`,
  )
}
