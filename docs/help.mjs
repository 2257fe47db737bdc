// Writes each command's help into docs/cli.md and the table of commands into the README:
// node docs/help.mjs     after npm ci, which builds dist
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { COMMANDS } from "../dist/src/cli/commands.js"

const main = fileURLToPath(new URL("../dist/src/cli/main.js", import.meta.url))
const help = (command) => execFileSync(process.execPath, [main, command, "--help"], { encoding: "utf8" }).trim()
const rows = COMMANDS.map(({ name, summary }) => `| [${name}](docs/cli.md#${name}) | ${summary} |`)

function rewrite(page, pattern, replace) {
  const file = new URL(page, import.meta.url)
  writeFileSync(file, readFileSync(file, "utf8").replace(pattern, replace))
}

rewrite(
  "cli.md",
  /(<!-- help of: npx cnn (\w+) -->\n+```text\n)(?:(?!```).*\n)*```/g,
  (_, head, command) => `${head}${help(command)}\n\`\`\``,
)
rewrite("../README.md", /(\| npx cnn \| \|\n\| --- \| --- \|\n)(?:\|.*\n)*/, (_, head) => `${head}${rows.join("\n")}\n`)
