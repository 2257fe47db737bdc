import type { CommandModule } from "yargs"
import { type Consts, declaredConsts, setConsts } from "../gpu/kernel.ts"
import { shader, shaderNames } from "../gpu/shader_files.ts"
import { unroll } from "../gpu/unroll.ts"
import { didYouMean } from "../text/nearest.ts"
import { asUsage, UsageError } from "./usage_error.ts"

interface Options {
  name?: string
  unrolled: boolean
  set: string[]
}

/** `npx cnn shaders`: the kernels there are, or one of them, as its file has it or as it is compiled. Needs no adapter. */
export const command: CommandModule<object, Options> = {
  command: "shaders [name]",
  builder: (yargs) =>
    yargs
      .positional("name", { type: "string", describe: "a kernel; all are listed without it" })
      .option("unrolled", {
        type: "boolean",
        default: false,
        describe: "its loops marked `// unroll` written out, as it is compiled",
      })
      .option("set", {
        type: "string",
        array: true,
        default: [],
        defaultDescription: "as in the file",
        describe: "values for its const lines: --set TI=2 TJ=4",
      }) as never,
  handler({ name, unrolled, set }) {
    if (name === undefined) {
      const names = shaderNames()
      const longest = Math.max(...names.map(({ length }) => length))
      for (const each of names) console.log(`${each.padEnd(longest)}  ${firstLine(shader(each))}`)
      return
    }
    refuseUnknown(name)
    const text = shader(name)
    const code = asUsage(() => setConsts(name, text, parsed(name, text, set)))
    process.stdout.write(unrolled ? unroll(name, code) : code)
  },
}

function refuseUnknown(name: string): void {
  const names = shaderNames()
  if (names.includes(name)) return
  throw new UsageError(`No shader is called "${name}".${didYouMean(name, names)} To list all: npx cnn shaders`)
}

const firstLine = (code: string): string =>
  code
    .slice(0, code.indexOf("\n"))
    .replace(/^\/\/ /, "")
    .replace(/ {2,}/g, "  ")

/** @throws for what is no NAME=value of the kernel's consts */
function parsed(name: string, code: string, set: string[]): Consts {
  const types = declaredConsts(code)
  return Object.fromEntries(
    set.map((text) => {
      const [, key, value] = /^(\w+)=([\w.]+)$/.exec(text) ?? []
      const right = types[key] === "bool" ? /^(true|false)$/ : types[key] === "f32" ? /^\d+(\.\d+)?$/ : /^\d+$/
      if (key === undefined || (types[key] && !right.test(value))) {
        const known = Object.entries(types).map(([known, type]) => `${known} (${type})`)
        throw new UsageError(
          `--set ${text}: expected NAME=value, where ${name}.wgsl has ${known.join(", ") || "no consts"}`,
        )
      }
      return [key, types[key] === "bool" ? value === "true" : Number(value)]
    }),
  )
}
