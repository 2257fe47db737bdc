// Writes the page into a folder: node src/page/bundle.mjs FOLDER [RUN]     after tsc, from what it
// left in dist; with RUN, a run folder, its networks, images and numbers come with the page
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { CONTENT_SECURITY_POLICY } from "../../dist/src/serve/headers.js"
import { runScript } from "./run_script.mjs"
import { writeDocs } from "./write_docs.mjs"

const [folder, run] = process.argv.slice(2)
if (!folder) throw new Error("expected the folder to write the page into: node src/page/bundle.mjs dist/page")
const here = (name) => fileURLToPath(new URL(name, import.meta.url))

mkdirSync(folder, { recursive: true })
await build({
  entryPoints: { page: here("../../dist/src/page/main.js") },
  outdir: folder,
  // No module: from a folder on the disk, opened by a double click, none is loaded.
  ...{ bundle: true, platform: "browser", format: "iife", target: "es2022", minify: true, logLevel: "error" },
  // The same package, without Node's Buffer.
  alias: { "csv-stringify/sync": "csv-stringify/browser/esm/sync" },
  // A layer is called by its class.
  ...{ keepNames: true, legalComments: "eof" },
})
const index = readFileSync(here("index.html"), "utf8").replace("<!-- policy -->", CONTENT_SECURITY_POLICY)
const withRun = run ? index.replace("<!-- run -->", '<script src="run.js" defer></script>') : index
writeFileSync(path.join(folder, "index.html"), withRun)
if (run) writeFileSync(path.join(folder, "run.js"), await runScript(run))
writeFileSync(path.join(folder, "page.css"), readFileSync(here("page.css"), "utf8"))
writeDocs(folder, CONTENT_SECURITY_POLICY)
