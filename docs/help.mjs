// Writes each command's help into the README: node docs/help.mjs     after npm ci, which builds dist
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const readme = new URL("../README.md", import.meta.url)
const main = fileURLToPath(new URL("../dist/src/cli/main.js", import.meta.url))
const help = (command) => execFileSync(process.execPath, [main, command, "--help"], { encoding: "utf8" }).trim()
const written = readFileSync(readme, "utf8").replace(
  /(<!-- help of: npx cnn (\w+) -->\n+```text\n)(?:(?!```).*\n)*```/g,
  (_, head, command) => `${head}${help(command)}\n\`\`\``,
)
writeFileSync(readme, written)
