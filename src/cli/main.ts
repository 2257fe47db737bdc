#!/usr/bin/env node
/**
 * Runs the command that was typed. Exit codes: see exit_codes.ts. bin/cnn.mjs imports this file; it
 * can also be run, since npx keeps the links into a clone that it made when this was the `bin`.
 */
import { runTyped } from "./command_line.ts"

// A reader that has seen enough (`| head`) ends the run; that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error
  process.exit()
})

await runTyped(process.argv.slice(2))
