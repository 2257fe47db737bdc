/**
 * Writes the licences of all packages in the lock file into docs/dependencies.md; with --check says
 * whether they are there.
 */
import { readFileSync, writeFileSync } from "node:fs"

const read = (file) => readFileSync(new URL(file, import.meta.url), "utf8")
const PAGE = "dependencies.md"
const [START, END] = ["<!-- licences: node docs/licences.mjs -->\n", "<!-- end of licences -->"]

const packages = Object.entries(JSON.parse(read("../package-lock.json")).packages)
  .filter(([place, { link }]) => place !== "" && !link)
  // An optional peer of what ships, which npm leaves out unless somebody installs it, is for work
  // on it as well.
  .map(([place, { license, dev, devOptional }]) => {
    const name = place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length)
    if (!license) throw new Error(`package-lock.json names no licence of ${name}; look at its package.json, and decide`)
    return { name, license, dev: dev === true || devOptional === true }
  })

function rows(dev) {
  const licences = [...new Set(packages.filter((one) => one.dev === dev).map(({ license }) => license))].sort()
  return licences.map((licence) => {
    const names = packages.filter((one) => one.dev === dev && one.license === licence).map(({ name }) => `\`${name}\``)
    return `| ${licence} | ${[...new Set(names)].sort().join(", ")} |`
  })
}

const table = (dev) => ["| licence | packages |", "| --- | --- |", ...rows(dev)].join("\n")
const text = `${START}\nThose that ship:\n\n${table(false)}\n\nThose for work on it:\n\n${table(true)}\n\n`
const page = read(PAGE)
const [from, to] = [page.indexOf(START), page.indexOf(END)]
if (from < 0 || to < 0) throw new Error(`docs/${PAGE} lacks the lines ${START.trim()} and ${END}`)
const whole = page.slice(0, from) + text + page.slice(to)
if (!process.argv.includes("--check")) writeFileSync(new URL(PAGE, import.meta.url), whole)
else if (whole !== page)
  throw new Error(`docs/${PAGE}: licences are not those of package-lock.json; run npm run licences`)
console.log(`docs/${PAGE}: ${packages.length} packages, current`)
