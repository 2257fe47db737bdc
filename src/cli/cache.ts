import type { CommandModule } from "yargs"
import { bytesOf, type CacheFile, type CacheKind, cacheFiles, cacheKinds, clearCache } from "../files/cache_contents.ts"
import { findCacheFolder } from "../files/cache_folder.ts"
import { cacheLimit, setCacheLimit, trimToLimit } from "../files/cache_limit.ts"
import { bytesText, parseBytes } from "../text/bytes.ts"
import { plural } from "../text/plural.ts"
import { table, whole } from "../text/table.ts"
import { once } from "./flag_text.ts"
import { UsageError } from "./usage_error.ts"

interface Arguments {
  /** Bytes; null removes the limit. */
  limit?: number | null
  clear: boolean
  json: boolean
}

const TITLES: Record<CacheKind, string> = {
  images: "decoded images",
  audits: "audits",
  tables: "tables of cnn tune",
  driver: "software adapter",
}

/** `npx cnn cache`: what is kept to save time, and how to limit or remove it. Needs no adapter. */
export const command: CommandModule<object, Arguments> = {
  command: "cache",
  builder: (yargs) =>
    yargs
      .options({
        limit: {
          describe: "limit for decoded images and audits, such as 2GB, or none; the oldest are removed first",
          requiresArg: true,
          coerce: (given: unknown) => (given === undefined ? undefined : checkLimit(String(once("limit")(given)))),
        },
        clear: { type: "boolean", default: false, describe: "remove everything that cnn stored there" },
        json: { type: "boolean", default: false, describe: "print one JSON document" },
      })
      .check(({ limit, clear }) => {
        if (limit !== undefined && clear) throw new UsageError("--limit and --clear exclude each other")
        return true
      }) as never,
  handler({ limit, clear, json }) {
    const { folder, refused } = findCacheFolder()
    if (folder === undefined)
      throw new Error(`there is no cache folder; set CNN_CACHE to one that can be written. ${refused.join("; ")}`)
    if (limit !== undefined) setCacheLimit(folder, limit ?? undefined)
    const removed = clear ? clearCache(folder) : trimToLimit(folder)
    const [files, kept] = [cacheFiles(folder), cacheLimit(folder)]
    if (json) console.log(JSON.stringify({ folder, limit: kept ?? null, kinds: kindsOf(files), removed: sum(removed) }))
    else console.log([...removedText(removed), ...contentText(folder, files, kept)].join("\n"))
  },
}

function checkLimit(text: string): number | null {
  if (text === "none") return null
  const bytes = parseBytes(text)
  if (bytes !== undefined) return bytes
  throw new UsageError(`--limit is "${text}"; expected a size such as 500MB or 2GB, or none`)
}

const sum = (files: readonly CacheFile[]) => ({ files: files.length, bytes: bytesOf(files) })

const kindsOf = (files: readonly CacheFile[]) =>
  Object.fromEntries(cacheKinds.map((kind) => [kind, sum(files.filter((file) => file.kind === kind))]))

const removedText = (removed: readonly CacheFile[]): string[] =>
  removed.length === 0 ? [] : [`Removed ${plural(removed.length, "file")}, ${bytesText(bytesOf(removed))}.`]

function contentText(folder: string, files: readonly CacheFile[], limit: number | undefined): string[] {
  const rows = Object.entries(kindsOf(files)).map(([kind, { files, bytes }]) => [
    ...[TITLES[kind as CacheKind], whole(files), bytesText(bytes)],
  ])
  return [
    `Cache folder: ${folder}`,
    "",
    ...table([["", "files", "size"], ...rows, ["total", whole(files.length), bytesText(bytesOf(files))]]),
    "",
    limit === undefined
      ? "No limit. To limit images and audits: npx cnn cache --limit 2GB"
      : `Images and audits are limited to ${bytesText(limit)}; the oldest are removed. No limit: npx cnn cache --limit none`,
    "Decoded images show patients; only your user account can read them. To remove everything: npx cnn cache --clear",
  ]
}
