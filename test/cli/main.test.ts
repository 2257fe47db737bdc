import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { COMMANDS } from "../../src/cli/commands.ts"
import { cnn } from "../support/cli.ts"

describe("cnn", () => {
  it("lists its commands, and each command's options", async () => {
    const { code, stdout } = await cnn(["--help"])
    for (const { name, summary } of COMMANDS) {
      expect(stdout).toContain(`cnn ${name}`)
      expect(stdout).toContain(summary.slice(0, 20))
      const help = await cnn([name, "--help"])
      expect(help).toMatchObject({
        code: 0,
        stderr: "",
        stdout: expect.stringMatching(new RegExp(`^cnn ${name}[\\s\\S]*--\\w`)),
      })
    }
    expect(code).toBe(0)
  })

  it("has each command in the file of its name", async () => {
    for (const { name, load } of COMMANDS) {
      expect(existsSync(new URL(`../../src/cli/${name}.ts`, import.meta.url))).toBe(true)
      expect(String(((await load()).command as { command: string }).command).split(" ")[0]).toBe(name)
    }
  })

  it("tells its version", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
    expect(await cnn(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" })
  })

  it.each([
    [["docter"], /Unknown command: docter\. Did you mean doctor\?\nTry: cnn --help/],
    [["trian"], /Unknown command: trian\. Did you mean train\?\n/],
    [["TRAIN", "--count", "8"], /Unknown command: TRAIN\. Did you mean train\?\n/],
    [["pred"], /Unknown command: pred\. Did you mean predict\?\n/],
    [["quux-and-more"], /Unknown command: quux-and-more\.\n/],
    [["explain", "run", "image", "--all"], /image: an image and --all; expected one of them/],
    [["explain", "run", "image", "--out", "x.png", "--patch", "4"], /--patch needs --method occlusion/],
    [["predict", "run", "x.png", "--json", "--csv"], /--json and --csv without a file both choose what is printed/],
    [["bench", "relu", "--step"], /--step takes networks, and neither families nor --shape/],
    [["bench", "rleu"], /no family is called "rleu"; .* Did you mean relu\?/],
    [["bench", "--step", "smal"], /--step is "smal"; .* Did you mean small\?/],
    [["bench", "relu", "--shape", "x"], /--shape "x": relu wants whole numbers N/],
    [["tune", "--model", "smal"], /--model is "smal"; .* Did you mean small\?/],
    [["doctor", "--jsn"], /Unknown argument: jsn\. Did you mean --json\?\nTry: cnn doctor --help/],
    [["train", "--grop-by", "x"], /Unknown arguments: grop-by, gropBy\. Did you mean --group-by\?\n/],
    [["train", "--quux-and-more"], /Unknown arguments: quux-and-more, quuxAndMore\nTry: cnn train --help/],
    [["train", "films"], /Unknown argument: films\. Pass the image folder with --data: --data films\n/],
    [
      ["predict", "run"],
      /^cnn: Not enough arguments: expected cnn predict <run> <images\.\.\.>, got 1 of them\nTry: cnn predict --help/,
    ],
    [
      ["train", "--flip-horizontal=yes"],
      /^cnn: --flip-horizontal=yes: the flag takes no value; --flip-horizontal turns it on, --no-flip-horizontal off/,
    ],
    [["train", "--no-audit=1"], /^cnn: --no-audit=1: the flag takes no value; --audit turns it on, --no-audit off/],
    [["train", "--augment", "no"], /Unknown argument: no\. --augment no: the flag takes no value; --augment turns/],
    [["--json"], /Which command\?/],
    [[], /cnn doctor/],
  ])("%j is a usage error, exit code 2, without a stack", async (args, message) => {
    const { code, stdout, stderr } = await cnn(args)
    expect(code).toBe(2)
    expect(stdout).toBe("")
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it("tells a failure in one message, exit code 1, and its stack with CNN_DEBUG=1", async () => {
    const missing = ["train", "--data", "no/such/folder"]
    const { code, stderr } = await cnn(missing)
    expect(stderr).toMatch(/^cnn: .*no\/such\/folder/)
    expect(stderr).not.toMatch(/^\s+at /m)
    expect(code).toBe(1)
    expect((await cnn(missing, { CNN_DEBUG: "1" })).stderr).toMatch(/^\s+at /m)
  })

  it("ends quietly when its reader has seen enough", async () => {
    const { code, stderr } = await cnn(["doctor", "--json"], {}, 1)
    expect([code, stderr]).toEqual([0, ""])
  })
})
