/**
 * npm's `prepare`, which runs at the end of `npm ci`: builds. Without the development dependencies
 * it cannot, and says what to do; that is no failure, since the packages that were asked for are
 * installed.
 */
import { spawnSync } from "node:child_process"
import { buildProblem, hasTools, isBuilt, nodeProblem } from "./check.mjs"

const packs = ["pack", "publish"].includes(process.env.npm_command)
const problem = nodeProblem()
if (problem) {
  console.error(problem)
  process.exitCode = 1
} else if (hasTools()) {
  const { status } = spawnSync("npm", ["run", "build"], { stdio: "inherit", shell: process.platform === "win32" })
  process.exitCode = status === null ? 1 : status
} else {
  console.error(isBuilt() ? "cnn: without development dependencies; the build in dist stays as it is." : buildProblem())
  // A package without a fresh build must not go out.
  process.exitCode = packs ? 1 : 0
}
