/** The documentation as data: pages, fenced blocks, links, anchors. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../..", import.meta.url))

interface Page {
  /** Path from the root, with forward slashes. */
  file: string
  text: string
}

interface Block {
  /** What stands behind the fence: "json example". */
  info: string
  text: string
  /** Of the block's first line, from 1. */
  line: number
}

/** Files of a folder that match, as paths from the root. */
export const filesIn = (folder: string, pattern: RegExp): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => pattern.test(name) && !name.includes("node_modules"))
    .sort()
    .map((name) => `${folder}/${name.split(path.sep).join("/")}`)

export const readPage = (file: string): Page => ({ file, text: readFileSync(path.join(root, file), "utf8") })

/** All of docs/, and the README where there is one. */
export const pages: Page[] = [
  ...filesIn("docs", /\.md$/),
  ...filesIn("research", /\.md$/),
  ...["README.md", "CONTRIBUTING.md"].filter((file) => existsSync(path.join(root, file))),
].map(readPage)

const FENCE = /^```(.*)\n([\s\S]*?)^```\s*$/gm

export const blocks = ({ text }: Page): Block[] =>
  [...text.matchAll(FENCE)].map((match) => ({
    info: match[1].trim(),
    text: match[2],
    line: text.slice(0, match.index).split("\n").length + 1,
  }))

/** The text without fenced blocks and code spans. */
const prose = (text: string): string => text.replace(FENCE, "").replace(/`[^`\n]*`/g, "code")

/** Targets of all Markdown links that stay in the repository. */
export const localLinks = ({ text }: Page): string[] =>
  [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]).filter((target) => !/^[a-z]+:/.test(target))

/** Anchors that GitHub makes of a page's headings. */
export function anchors(text: string): Set<string> {
  const headings = [...text.replace(FENCE, "").matchAll(/^#{1,6} (.+)$/gm)].map((match) => match[1])
  const slug = (heading: string) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-")
  return new Set(headings.map(slug))
}

/** Repository files that a page names, in code, links or prose. */
export const namedFiles = ({ text }: Page): string[] =>
  [...text.matchAll(/\b(?:src|test|bench|docs|research)\/[\w./-]*\.(?:ts|wgsl|md)\b/g)].map((match) => match[0])
