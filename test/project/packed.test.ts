/** What a user of the package gets: its files, as npm would pack them. */
import { execFileSync } from "node:child_process"
import { expect, it } from "vitest"
import { root } from "../support/docs_pages.ts"

const NPM = process.platform === "win32" ? "npm.cmd" : "npm"
// Without its scripts, which would rebuild what other tests run.
const [packed] = JSON.parse(
  execFileSync(NPM, ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root, encoding: "utf8" }),
) as { files: { path: string }[] }[]
const files = packed.files.map(({ path }) => path)

it("holds what the program runs", () => {
  expect(files).toEqual(
    expect.arrayContaining([
      ...[
        "package.json",
        "README.md",
        "LICENSE",
        "bin/cnn.mjs",
        "dist/src/cli/main.js",
        "dist/src/index.js",
        "dist/src/index.d.ts",
      ],
      ...["dist/shader_texts.js", "src/shaders/conv2d/conv2d.wgsl", "src/export/onnx.proto", "dist/page/index.html"],
    ]),
  )
})

it("holds no test, no research, no example and no document", () => {
  const wanted =
    /^(package\.json|README\.md|LICENSE|bin\/|dist\/(src|bench|page)\/|dist\/shader_texts\.js$|src\/shaders\/|src\/export\/onnx\.|bench\/shaders\/)/
  expect(files.filter((file) => !wanted.test(file))).toEqual([])
  expect(files.length).toBeGreaterThan(500)
})
