import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import type { CommandModule } from "yargs"
import { type Audit, audit } from "../audit/audit.ts"
import type { Progress } from "../audit/examine.ts"
import { findings } from "../audit/findings.ts"
import { groupsTable } from "../audit/groups_table.ts"
import { imageFolder, runDoubts } from "../audit/run_doubts.ts"
import { lookUp, readGroupsCsv } from "../data/groups_csv.ts"
import { makeFolder } from "../files/folders.ts"
import { readJson } from "../files/read_json.ts"
import { list, object, text } from "../files/schema.ts"
import { writeWhole } from "../files/write_whole.ts"
import { auditHtml } from "../report/audit_html.ts"
import { auditText } from "../report/audit_text.ts"
import { newKey } from "../report/hidden_names.ts"
import { hideAudit } from "../report/hide.ts"
import { refuseForeign, writeReport } from "../report/own_file.ts"
import { preview } from "../report/preview.ts"
import { readRun } from "../run/read_run.ts"
import { whole } from "../text/table.ts"
import { imagesFlag } from "./flag_images.ts"
import { textFlag } from "./flag_text.ts"
import { checkGroups, checkLabels, dataFlags } from "./flags_data.ts"
import { nextText, say } from "./print.ts"
import { status } from "./status.ts"
import { UsageError } from "./usage_error.ts"

interface Arguments {
  dir?: string
  doubt?: string
  out?: string
  force: boolean
  positive?: string
  groups?: string
  groupBy?: string
  groupNames?: boolean
  classes?: string
  labels?: string
  labelColumn?: string
  fileColumn?: string
  allImages?: boolean
  strict: boolean
  images?: boolean
  json: boolean
}

const GROUPS = "groups.csv"
const PAGE = "audit.html"
const FOUND = "audit.json"
/** Which name on a page without images stands for what. */
const HIDDEN = "audit_hidden_names.csv"

const reading = [
  "positive",
  "classes",
  "labels",
  "label-column",
  "file-column",
  "groups",
  "group-by",
  "group-names",
  "all-images",
]
const readingFlags = Object.fromEntries(reading.map((name) => [name, dataFlags[name]]))

/** `npx cnn audit`: exit code 1 with --strict where there are problems. */
export const command: CommandModule<object, Arguments> = {
  command: "audit [dir]",
  builder: (yargs) =>
    yargs
      .positional("dir", {
        type: "string",
        describe: "folder with one folder of images per class; with --doubt that of the run",
      })
      .options({
        doubt: textFlag("doubt", "run folder: rank the labels that its out-of-fold networks contradict"),
        out: textFlag("out", `folder for ${GROUPS}, ${FOUND} and ${PAGE}`, "DIR"),
        force: {
          type: "boolean",
          default: false,
          describe: `add to ${GROUPS} what was found, its groups and columns are kept; overwrite ${PAGE} even if it was edited by hand`,
        },
        ...readingFlags,
        strict: { type: "boolean", default: false, describe: "exit with code 1 if there are problems" },
        images: imagesFlag,
        json: { type: "boolean", default: false, describe: "print all findings as JSON" },
      }) as never,
  async handler({ doubt, force, strict, images, json, groups: groupsFile, ...given }) {
    const { positive, classes, labels, labelColumn, fileColumn, groupBy, groupNames, allImages } = given
    checkGroups({ groups: groupsFile, groupBy })
    checkLabels(given)
    const run = doubt === undefined ? undefined : readRun(doubt)
    if (given.dir === "") throw new UsageError("the folder's name is empty; expected one of images")
    const dir = given.dir ?? (run && imageFolder(run))
    if (!dir) throw new UsageError("expected a folder of images, or --doubt RUN for those of a run")
    const { out = dir } = given
    const [html, found] = [PAGE, FOUND].map((name) => path.join(out, name))
    if (!force) refuseForeign(html)
    refuseOther(found)
    const flags = { positive, classes, labels, labelColumn, fileColumn, groupsFile, groupBy, groupNames, allImages }
    // A folder that is named, such as a copy, is read as the run's was: with its table.
    const options = {
      ...(classes === undefined && run?.config.source),
      ...defined(flags),
      strict: false,
      lenient: true,
    }
    const onProgress = json ? undefined : showProgress
    const audited = await audit(dir, { ...options, needsClasses: run !== undefined, onProgress })
    status("")
    const result = run ? { ...audited, doubt: runDoubts(audited, run) } : audited
    const own = options.groupBy === undefined ? (options.groupsFile ?? path.join(dir, GROUPS)) : undefined
    const groups = await groupsFor(result, own, out, force)
    makeFolder(out)
    if (groups.written) writeWhole(groups.written, groups.table)
    if (images === false) {
      const { audit: hidden, names } = hideAudit(result, newKey())
      writeReport(html, await auditHtml(hidden, null), force)
      writeWhole(path.join(out, HIDDEN), names.table())
    } else writeReport(html, await auditHtml(result, (file) => preview(path.join(dir, file))), force)
    const all = findings(result)
    writeWhole(found, `${JSON.stringify({ ...result, findings: all })}\n`)
    const written = { html, json: found, groups: groups.written }
    const shown = images === false ? `the same with hashed names, which ${HIDDEN} resolves` : "the same with pictures"
    const pages = [`${html}: ${shown}`, `${found}: all of it for programs`]
    if (json) console.log(JSON.stringify({ ...result, findings: all, written }))
    else say([...auditText(result), "", groups.text, ...pages, ...nextText(`open ${html}`)].join("\n"))
    if (strict && all.some(({ level }) => level === "problem")) process.exitCode = 1
  },
}

/** Flags that were given. */
const defined = <Flags extends object>(flags: Flags): Partial<Flags> =>
  Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined)) as Partial<Flags>

/** @throws if there is an audit.json of another kind, such as a run's, which its report needs */
function refuseOther(file: string): void {
  if (existsSync(file))
    readJson(file, object({ joined: list(text) }), "what cnn audit wrote; name another folder with --out")
}

function showProgress({ what, done, total }: Progress): void {
  if (done % 50 === 0) status(`${what === "read" ? "Reading" : "Comparing"} images: ${whole(done)} of ${whole(total)}`)
}

/**
 * What becomes of groups.csv in `out`, and the line that says so.
 *
 * @param own the CSV that the groups were read from, if it is there
 * @throws if `force` would overwrite groups that were not read
 */
async function groupsFor(result: Audit, own: string | undefined, out: string, force: boolean) {
  const file = path.join(out, GROUPS)
  // A CSV that could not be read has not given the groups.
  const read = own === undefined ? undefined : await readGroupsCsv(own).catch(() => undefined)
  const table = await groupsTable(result, read && own)
  const groups = `${whole(new Set(result.joined).size)} groups`
  const left = (text: string) => ({ written: null, table, text: `${file}: ${text}` })
  if (existsSync(file)) {
    const before = readFileSync(file, "utf8")
    const isOwn = read !== undefined && readFileSync(own!, "utf8") === before
    const isWhole = isOwn && lookUp(read, result.files).groups.every((group) => group !== undefined)
    if (before === table || (isWhole && result.joined.every((group, i) => group === result.groups[i])))
      return left("already holds all of this; left unchanged")
    const toOther = `--groups ${file} starts from it, another --out writes elsewhere`
    if (!isOwn && force)
      throw new Error(`${file}: holds other groups than those that were read, and --force would lose them; ${toOther}`)
    if (!isOwn) return left(`holds other groups than those that were read; left unchanged; ${toOther}`)
    const missing = isWhole ? "copies" : "images"
    if (!force)
      return left(
        `left unchanged, though ${missing} are missing from it; --force makes it ${groups} and keeps its own together`,
      )
  }
  const taken = out === result.dir ? "--data picks it up" : `--groups ${file} uses it`
  return { written: file, table, text: `${file}: ${groups}, copies together; cnn train ${taken}` }
}
