/** The project as it is packed, and what bundlers make of a program that uses it in a browser. */
import { execFileSync } from "node:child_process"
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import path from "node:path"
import { build as esbuild } from "esbuild"
import { build as vite } from "vite"
import { root } from "./docs_pages.ts"

/** What a bundler wrote. */
export interface Bundle {
  /** Texts by their names. */
  files: Map<string, string>
  entry: string
}

/**
 * Puts the packed project among the folder's node_modules, and beside it the one package that a
 * browser's build needs.
 */
export function installPacked(folder: string): void {
  const packing = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder]
  const tarball = execFileSync("npm", packing, { cwd: root, encoding: "utf8" }).trim()
  const packages = path.join(folder, "node_modules")
  mkdirSync(path.join(packages, "cnn"), { recursive: true })
  execFileSync("tar", ["-xf", path.join(folder, tarball), "--strip-components=1", "-C", path.join(packages, "cnn")])
  symlinkSync(path.join(root, "node_modules/wgsl_reflect"), path.join(packages, "wgsl_reflect"))
}

type Bundler = (folder: string, entry: string) => Promise<Bundle>

export const bundleWithEsbuild: Bundler = async (folder, entry) => {
  const written = await esbuild({
    entryPoints: [path.join(folder, entry)],
    ...{ bundle: true, platform: "browser", format: "esm", target: "es2022", minify: true },
    ...{ outdir: path.join(folder, "out"), write: false, logLevel: "error" },
  })
  const files = new Map(written.outputFiles.map((file) => [path.basename(file.path), file.text]))
  return { files, entry: entry.replace(/\.mjs$/, ".js") }
}

const bundleWithVite: Bundler = async (folder, entry) => {
  const input = path.join(folder, entry)
  const built = await vite({
    ...{ root: folder, configFile: false, logLevel: "error", base: "/" },
    build: { write: false, target: "es2022", modulePreload: false, rollupOptions: { input } },
  })
  if (!("output" in built)) throw new Error("vite: one output was expected")
  const chunks = built.output.filter((file) => file.type === "chunk")
  return {
    files: new Map(chunks.map(({ fileName, code }) => [fileName, code])),
    entry: chunks.find(({ isEntry }) => isEntry)!.fileName,
  }
}

export const bundlers: Record<string, Bundler> = { esbuild: bundleWithEsbuild, vite: bundleWithVite }

/** A program in `folder`, bundled. */
export function bundle(bundler: Bundler, folder: string, name: string, program: string): Promise<Bundle> {
  writeFileSync(path.join(folder, name), program)
  return bundler(folder, name)
}
