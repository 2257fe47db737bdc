/**
 * What is at which address. There are these addresses and no others: no path of a request is ever
 * joined to a folder's.
 */
import { existsSync, readdirSync } from "node:fs"
import { readFile } from "node:fs/promises"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { PACKAGE } from "../files/package.ts"
import type { ServedRun } from "./served_run.ts"

export interface Resource {
  /** The content type. */
  type: string
  /** @throws where it is not there any more, or cannot be read */
  body(): Promise<Uint8Array | string>
}

export type Content = ReadonlyMap<string, Resource>

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".png": "image/png",
  ".webp": "image/webp",
  ".svg": "image/svg+xml",
}

/** The page as the build left it. */
export const PAGE = new URL("dist/page/", PACKAGE)

/** What tells the page that there is a run; without it, it asks the server for nothing. */
const HAS_RUN = '<meta name="run" content="run.json">'

/**
 * The addresses of the page, and of a run where there is one. @throws where the page has not been
 * built
 */
export function contentOf(run?: ServedRun): Content {
  const content = new Map<string, Resource>(pageFiles())
  const index = content.get("/index.html")!
  const start = {
    type: index.type,
    body: async () => String(await index.body()).replace("<!-- run -->", run ? HAS_RUN : ""),
  }
  content.set("/index.html", start).set("/", start)
  for (const [address, resource] of run?.resources() ?? []) content.set(address, resource)
  return content
}

function pageFiles(): [string, Resource][] {
  const folder = fileURLToPath(PAGE)
  if (!existsSync(path.join(folder, "index.html")))
    throw new Error(`${folder}: the page is not there; in a clone \`npm run build\` makes it`)
  const names = readdirSync(folder, { recursive: true }) as string[]
  return names
    .filter((name) => TYPES[path.extname(name)])
    .map((name) => {
      const body = () => readFile(path.join(folder, name))
      return [`/${name.split(path.sep).join("/")}`, { type: TYPES[path.extname(name)], body }]
    })
}
