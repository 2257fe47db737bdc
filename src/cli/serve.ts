import type { CommandModule } from "yargs"
import { contentOf } from "../serve/content.ts"
import { ServedRun } from "../serve/served_run.ts"
import { serve } from "../serve/server.ts"
import { numberFlag } from "./flag_number.ts"

interface Arguments {
  run?: string
  port: number
}

const PORT = 8642

/** `npx cnn serve`: until it is ended. */
export const command: CommandModule<object, Arguments> = {
  command: "serve [run]",
  builder: (yargs) =>
    yargs
      .positional("run", {
        type: "string",
        describe: "run folder, or one weights file; default: the playground, and weights files you drop on the page",
      })
      .options({
        port: numberFlag("port", {
          describe: "local port; 0 takes any free one",
          default: PORT,
          integer: true,
          min: 0,
          max: 65_535,
        }),
      }) as never,
  async handler({ run, port }) {
    const serving = await serve(contentOf(run === undefined ? undefined : ServedRun.open(run)), port ?? PORT)
    console.log(`${serving.address}\nFor a browser on this machine; nothing leaves it. Ctrl-C ends it.`)
    await ended()
    await serving.close()
  },
}

const ended = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve())
  })
