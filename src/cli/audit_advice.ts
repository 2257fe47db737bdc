import { existsSync } from "node:fs"
import path from "node:path"
import type { DataSource } from "../run/data_source.ts"
import { quoted } from "../text/quoted.ts"

/**
 * What to do about what an audit found: the command that keeps copies together, starting from the
 * groups of the run.
 */
export function auditAdvice(source: Extract<DataSource, { kind: "folder" }>): string {
  const { dir, positive, classes, labels, labelColumn, fileColumn, groupsFile, groupBy, groupNames, allImages } = source
  const own = path.join(dir, "groups.csv")
  const isNamed = groupsFile !== undefined || groupBy !== undefined
  // A groups.csv that the groups do not come from is left alone.
  const isOther = existsSync(own) && isNamed && !(groupsFile && path.resolve(groupsFile) === path.resolve(own))
  const out = isOther ? `${path.resolve(dir)}-audit` : dir
  const isForced = !isOther && [own, path.join(dir, "audit.html")].some((file) => existsSync(file))
  const table = { labels, "label-column": labelColumn, "file-column": fileColumn }
  const flags = { positive, classes, ...table, groups: groupsFile, "group-by": groupBy, out: isOther ? out : undefined }
  const words = [
    ...["npx", "cnn", "audit", dir],
    ...Object.entries(flags).flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag}`, value])),
    ...(groupNames === false ? ["--no-group-names"] : []),
    ...(allImages ? ["--all-images"] : []),
    ...(isForced ? ["--force"] : []),
  ]
  const then = isNamed ? `; then train with --groups ${quoted(path.join(out, "groups.csv"))}` : ""
  return `${words.map(quoted).join(" ")} shows the images and writes groups.csv, which keeps copies together${then}.`
}
