import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import path from "node:path"
import sharp from "sharp"
import { commit } from "../files/commit.ts"
import { packageVersion } from "../files/package.ts"

/**
 * What a run depends on beside its arguments: sharp and libvips decode, and so decide the pixels.
 */
export function versions(): Record<string, string> {
  const webgpu = createRequire(import.meta.url).resolve("webgpu")
  const own = commit()
  return {
    cnn: packageVersion(),
    ...(own && { commit: own }),
    node: process.versions.node,
    webgpu: versionIn(path.join(path.dirname(webgpu), "package.json")),
    sharp: sharp.versions.sharp,
    libvips: sharp.versions.vips,
    platform: `${process.platform} ${process.arch}`,
  }
}

const versionIn = (file: string | URL): string => JSON.parse(readFileSync(file, "utf8")).version
