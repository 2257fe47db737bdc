import { existsSync, mkdirSync, readFileSync } from "node:fs"
import path from "node:path"
import type { CommandModule } from "yargs"
import { type Audit, audit } from "../audit/audit.ts"
import type { Progress } from "../audit/examine.ts"
import { findings } from "../audit/findings.ts"
import { groupsTable } from "../audit/groups_table.ts"
import { auditHtml } from "../report/audit_html.ts"
import { auditText } from "../report/audit_text.ts"
import { preview } from "../report/preview.ts"
import { whole } from "../report/text.ts"
import { writeWhole } from "../train/files.ts"
import { textFlag } from "./flag_text.ts"
import { status } from "./status.ts"

interface Arguments {
  dir: string
  out?: string
  force: boolean
  positive?: string
  strict: boolean
  json: boolean
}

const GROUPS = "groups.csv"
const PAGE = "audit.html"

/** `npx cnn audit`: exit code 1 with --strict where there are problems. */
export const command: CommandModule<object, Arguments> = {
  command: "audit <dir>",
  builder: (yargs) =>
    yargs
      .positional("dir", { type: "string", demandOption: true, describe: "folder with one folder of images a class" })
      .options({
        out: textFlag("out", `folder for ${GROUPS} and ${PAGE}`, "DIR"),
        force: {
          type: "boolean",
          default: false,
          describe: `overwrite ${PAGE}, and add to ${GROUPS} what was found; its groups and columns are kept`,
        },
        positive: textFlag("positive", "the class folder that is the positive one, where the names do not say it"),
        strict: { type: "boolean", default: false, describe: "exit code 1 where there are problems" },
        json: { type: "boolean", default: false, describe: "print everything that was found as JSON" },
      }) as never,
  async handler({ dir, out = dir, force, positive, strict, json }) {
    if (dir === "") throw new Error("the folder's name is empty; expected one of images")
    const html = path.join(out, PAGE)
    if (!force && existsSync(html)) throw new Error(`${html}: there is such a file already; --force overwrites it`)
    const result = await audit(dir, { positive, onProgress: json ? undefined : showProgress })
    status("")
    mkdirSync(out, { recursive: true })
    const groups = writeGroups(result, out, force)
    writeWhole(html, await auditHtml(result, (file) => preview(path.join(dir, file))))
    const all = findings(result)
    if (json) console.log(JSON.stringify({ ...result, findings: all, written: { html, groups: groups.written } }))
    else console.log([...auditText(result), "", groups.text, `${html}: the same with pictures`].join("\n"))
    if (strict && all.some(({ level }) => level === "problem")) process.exitCode = 1
  },
}

function showProgress({ what, done, total }: Progress): void {
  if (done % 50 === 0) status(`${what === "read" ? "Reading" : "Comparing"} images: ${whole(done)} of ${whole(total)}`)
}

/** Writes groups.csv where it may, and says what became of it. */
function writeGroups(result: Audit, out: string, force: boolean): { written: string | null; text: string } {
  const file = path.join(out, GROUPS)
  const own = path.join(result.dir, GROUPS)
  const groups = `${whole(new Set(result.joined).size)} groups`
  const table = groupsTable(result, own)
  if (existsSync(file)) {
    const before = readFileSync(file, "utf8")
    const current = existsSync(own) && readFileSync(own, "utf8") === before
    if (current && result.joined.every((group, i) => group === result.groups[i]))
      return { written: null, text: `${file}: holds all of this already, and was left as it is` }
    if (!force)
      return {
        written: null,
        text: `${file}: was left as it is, though copies are missing from it; --force makes it ${groups}, its own kept together`,
      }
  }
  writeWhole(file, table)
  return {
    written: file,
    text: `${file}: ${groups}, copies together; cnn train ${out === result.dir ? "--data picks it up" : `--groups ${file} takes it`}`,
  }
}
