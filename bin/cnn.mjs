#!/usr/bin/env node
// Starts cnn, or says in one line what keeps it from starting. Nothing of the program is imported
// before it is known to load.
import { buildProblem, missingProblem, nodeProblem } from "./check.mjs"

function fail(message) {
  console.error(message)
  process.exitCode = 1
}

const problem = nodeProblem() || buildProblem()
if (problem) fail(problem)
else import("../dist/src/cli/main.js").catch((error) => fail(missingProblem(error) || error))
