// Writes the site: node src/page/site.mjs FOLDER     The page, and a small run on the phantom that
// is trained for it, so that whoever opens the site sees an answer at once.
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"

const [folder] = process.argv.slice(2)
if (!folder) throw new Error("expected the folder to write the site into: node src/page/site.mjs site")
const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const node = (...args) => execFileSync(process.execPath, args, { stdio: ["ignore", 2, 2] })

const temporary = mkdtempSync(path.join(tmpdir(), "cnn-site-"))
try {
  const run = path.join(temporary, "phantom")
  const small = ["--count", "160", "--size", "64", "--epochs", "30", "--folds", "2"]
  node(here("../../bin/cnn.mjs"), "train", ...small, "--out", run)
  node(here("bundle.mjs"), folder, run)
} finally {
  rmSync(temporary, { recursive: true })
}
