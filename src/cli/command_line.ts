/** Finds the command and runs it. */
import yargs, { type Argv, type CommandModule } from "yargs"
import { Ambiguous } from "../data/ambiguous.ts"
import { packageVersion } from "../files/package.ts"
import { DeviceLost } from "../gpu/device_lost.ts"
import { COMMANDS } from "./commands.ts"
import { errorText } from "./error_text.ts"
import { FAILED, LOST, USAGE } from "./exit_codes.ts"
import { lookAfterCache } from "./look_after_cache.ts"
import { fail } from "./print.ts"
import { beginStatus } from "./status.ts"
import { explainMissing, explainUnknown, refuseCommand, refuseValues } from "./usage.ts"
import { UsageError } from "./usage_error.ts"

const NO_COLOUR = "--no-color"

/** Runs a command with what was typed after `cnn`, and sets the process's exit code if it fails. */
export async function runTyped(args: readonly string[]): Promise<void> {
  beginStatus()
  try {
    if (args.includes(NO_COLOUR)) noColour()
    await runCommand(args.filter((arg) => arg !== NO_COLOUR))
  } catch (error) {
    // bin/cnn.mjs says what to install.
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") throw error
    const isUsage = error instanceof UsageError || error instanceof Ambiguous
    process.exitCode = isUsage ? USAGE : error instanceof DeviceLost ? LOST : FAILED
    if (process.env.CNN_DEBUG === "1") console.error(error)
    else fail(errorText(error))
  }
  lookAfterCache()
}

async function runCommand(args: string[]): Promise<void> {
  refuseCommand(args[0], ["help", ...COMMANDS.map(({ name }) => name)])
  const called = COMMANDS.find(({ name }) => name === args[0])
  let form = ""
  let running: unknown
  const parser: Argv = yargs(args)
    .scriptName("cnn")
    .usage("$0 <command> [options]")
    .locale("en")
    .version(packageVersion())
    .help()
    .strict()
    .demandCommand(1, 1, "Which command?", "One command at a time.")
    .wrap(Math.min(120, process.stdout.columns ?? 100))
    .epilog("Run cnn <command> --help for its options. --no-color, or NO_COLOR=1, turns colours off.")
    .middleware(() => refuseValues(flagsOf(parser), args), true)
    .fail((message, error) => {
      // yargs gives a message for what was typed wrong, and an error alone for what a command
      // threw.
      if (!message) throw error
      const said = explainMissing(message, form)
      throw new UsageError(
        `${explainUnknown(said, flagsOf(parser), args)}\nTry: ${["cnn", called?.name, "--help"].filter(Boolean).join(" ")}`,
      )
    })
  for (const { name, summary, load } of COMMANDS) {
    if (!args.includes(name)) {
      parser.command(name, summary)
      continue
    }
    const { handler, ...rest } = (await load()).command as CommandModule
    // A promise would make yargs lay out the help text, which takes a tenth of a second.
    const command = { ...rest, describe: summary, handler: (args) => void (running = handler(args)) } as CommandModule
    if (name === called?.name) form = String(command.command)
    parser.command(command)
  }
  if (args.length) {
    await parser.parseAsync()
    await running
  } else {
    parser.showHelp("error")
    process.exitCode = USAGE
  }
}

/** Also for processes that this one starts. */
function noColour(): void {
  process.env.NO_COLOR = "1"
  delete process.env.FORCE_COLOR
}

/** The flags of the command that was called; yargs' types leave this out. */
function flagsOf(parser: Argv): { all: string[]; boolean: string[] } {
  const { key, boolean } = (parser as Argv & { getOptions(): { key: object; boolean: string[] } }).getOptions()
  return { all: Object.keys(key), boolean }
}
