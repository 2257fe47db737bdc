#!/usr/bin/env node
// usage: .ci/accuracy.mjs RUN LEAST     fails unless the run's pooled out-of-fold accuracy is at
// least LEAST
import { readFileSync } from "node:fs"

const [run, least] = process.argv.slice(2)
const { accuracy } = JSON.parse(readFileSync(`${run}/summary.json`, "utf8")).pooled
console.log(`pooled out-of-fold accuracy ${accuracy}, at least ${least} is wanted`)
if (!(accuracy >= Number(least))) process.exit(1)
