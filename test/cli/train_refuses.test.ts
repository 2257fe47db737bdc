/** What `cnn train` says of what it cannot train on, and that nothing is lost or left then. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import path from "node:path"
import sharp from "sharp"
import { beforeAll, describe, expect, it } from "vitest"
import { cnn } from "../support/cli.ts"
import { before } from "../support/left_run.ts"
import { at, PHANTOM, SMALL, train } from "../support/train_fixture.ts"

beforeAll(() => train("first", ...PHANTOM, "--seed", "3"))

describe("cnn train", () => {
  it("overwrites no run", async () => {
    const before = readFileSync(at("first", "summary.json"))
    const { code, stderr } = await train("first", ...PHANTOM)
    expect(code).toBe(1)
    expect(stderr).toMatch(/the folder holds 8 files already, and nothing is overwritten/)
    expect(readFileSync(at("first", "summary.json")).equals(before)).toBe(true)
  })

  it.runIf(existsSync("/proc/self"))("says that a folder cannot be made, where the system takes none", async () => {
    const { code, stderr } = await cnn(["train", ...PHANTOM, "--out", "/proc/run"])
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^cnn: \/proc\/run: cannot be written: /)])
  })

  it("says that a link to nothing is in the way", async () => {
    symlinkSync(at("nowhere"), at("link"))
    const { code, stderr } = await train("link", ...PHANTOM)
    expect([code, stderr]).toEqual([
      1,
      `cnn: ${at("link")}: a file, or a link to nothing, is in the way of this folder\n`,
    ])
  })

  it("leaves nothing behind where the training cannot begin", async () => {
    const { code, stderr } = await train("few", "--count", "6", "--size", "16")
    expect(code).toBe(1)
    expect(stderr).toMatch(/has 3 groups of images, fewer than the 5 folds/)
    expect(existsSync(at("few"))).toBe(false)
  })

  it("says of images that cannot be trained on what is wrong with them, and leaves nothing", async () => {
    const gray = await sharp(new Uint8Array(64).fill(99), { raw: { width: 8, height: 8, channels: 1 } })
      .png()
      .toBuffer()
    const files = async (name: string, paths: string[], content: (i: number) => Uint8Array | string) => {
      for (const [i, file] of paths.entries()) {
        await mkdir(path.dirname(at(name, file)), { recursive: true })
        await writeFile(at(name, file), content(i))
      }
      return at(name)
    }
    const noise = async (n: number) => {
      const pixels = Uint8Array.from({ length: 64 }, (_, i) => (i * n * 37) % 251)
      return sharp(pixels, { raw: { width: 8, height: 8, channels: 1 } })
        .png()
        .toBuffer()
    }
    const images = await Promise.all(Array.from({ length: 20 }, (_, i) => noise(i + 1)))
    const both = (n: number) => [...Array(n).keys()].flatMap((i) => [`fractured/a${i}x.png`, `normal/b${i}x.png`])
    const cases: [string, string, RegExp][] = [
      [
        "two",
        await files("in-two", both(1), (i) => images[i]),
        /has 1 group of images, fewer than the 2 folds.*Add images/,
      ],
      [
        "one",
        await files("in-one", ["fractured/a.png"], () => gray),
        /only one class folder.*Expected one folder per class/,
      ],
      ["equal", await files("in-equal", both(4), () => images[0]), /all 8 images are equal, pixel by pixel.*Look at/],
      [
        "blank",
        await files("in-blank", both(4), () => gray),
        /no readable image left[\s\S]*a0x\.png, .*: blank \(gray 99/,
      ],
    ]
    for (const [name, dir, message] of cases) {
      const { code, stderr } = await train(name, "--data", dir, ...SMALL)
      expect([code, stderr]).toEqual([1, expect.stringMatching(message)])
      expect(existsSync(at(name))).toBe(false)
    }
    const dir = await files("in-corrupt", both(10), (i) => (i < 2 ? "no image" : images[i]))
    const lines = both(10).map((file) => `${file},p${file.replace(/\D/g, "")}`)
    await writeFile(at("pairs.csv"), ["file,group", ...lines].join("\n"))
    const { code, stdout } = await train("corrupt", "--data", dir, "--groups", at("pairs.csv"), ...SMALL)
    expect(code).toBe(0)
    expect(stdout).toMatch(/Skipped +2 files:[\s\S]*10\.0 % of all files: were they copied whole\?/)
    expect(stdout).toMatch(/^Mixed +9 groups hold images of more than one class, such as p1: .*fractured.*normal/m)
  })

  const commands = [...readFileSync("docs/evaluation.md", "utf8").matchAll(/^npx cnn train (.+)$/gm)].map(
    ([, flags]) => flags,
  )

  it.each(commands)("docs/evaluation.md: npx cnn train %s", async (flags) => {
    const name = flags.replaceAll(/\W+/g, "-")
    expect(await train(name, ...flags.split(" "))).toMatchObject({ code: 0, stderr: "" })
    expect(existsSync(at(name, "metrics.json"))).toBe(true)
  })

  it("refuses with more than two classes what only two have", async () => {
    const flags = ["--by-type", "--count", "28", ...SMALL]
    expect((await train("weight", ...flags, "--pos-weight", "auto")).stderr).toMatch(/--pos-weight is for two classes/)
    expect((await train("least", ...flags, "--sensitivity", "0.9")).stderr).toMatch(/--sensitivity is for two classes/)
    expect([existsSync(at("weight")), existsSync(at("least"))]).toEqual([false, false])
  })

  it("ends with advice where the loss is no number any more", async () => {
    const { code, stderr } = await train("diverged", ...PHANTOM, "--lr", "1e38", "--schedule", "constant")
    expect(code).toBe(1)
    expect(stderr).toMatch(/fold-0: the loss is (NaN|Infinity) in epoch 1.*--lr/)
    expect(existsSync(at("diverged"))).toBe(false)
  })

  it("tells that also where the run cannot be taken back, and leaves a folder that was there before", async () => {
    const flags = [...PHANTOM, "--lr", "1e38", "--schedule", "constant"]
    const failing = `import fs from "node:fs"
      import { syncBuiltinESMExports } from "node:module"
      const { rmSync } = fs
      fs.rmSync = (file, ...rest) => {
        if (String(file).endsWith("config.json")) throw Object.assign(new Error("EACCES: told to"), { code: "EACCES" })
        return rmSync(file, ...rest)
      }
      syncBuiltinESMExports()`
    const kept = await cnn(["train", ...flags, "--out", at("kept")], before(failing))
    expect(kept.stderr).toMatch(
      /^cnn: fold-0: the loss is .*\nA resumed run would end the same way. Start a new one\.\n$/,
    )
    expect(readdirSync(at("kept"))).toEqual(["config.json"])
    mkdirSync(at("made"))
    expect((await train("made", ...flags)).code).toBe(1)
    expect(readdirSync(at("made"))).toEqual([])
  })

  it.each([
    [["--model", "seed", "--size", "16"], /--size 16: the network reference needs images of 22 pixels or more, got 16/],
    [["--lr", "0"], /--lr is "0"; expected a number over 0/],
    [["--lr", "fast"], /--lr is "fast"; expected a number over 0/],
    [["--folds", "1"], /--folds is "1"; expected a whole number from 2 to 255/],
    [["--epochs", "1.5"], /--epochs is "1.5"; expected a whole number of 1 or more/],
    [["--validation", "1"], /--validation is "1"; expected a number over 0 and under 1/],
    [["--zoom", "-0.1"], /--zoom is "-0.1"; expected a number from 0 to 0.9/],
    [["--lr", "1", "--lr", "2"], /--lr was given 2 times: 1, 2/],
    [["--model", "reference", "--model", "small"], /--model was given 2 times: reference, small/],
    [["--model", "resnet"], /--model is "resnet"; expected small, reference.* or a file such as \.\/resnet\.js/],
    [["--pos-weight", "-1"], /--pos-weight is "-1"; expected a number over 0, or auto/],
    [["--sensitivity", "1.5"], /--sensitivity is "1.5"; expected a number over 0 and up to 1/],
    [["--sampling", "even"], /--sampling is "even"; expected shuffled, balanced\.\n/],
    [["--no-augment", "--zoom", "0.1"], /--no-augment turns augmentation off, but these flags ask for it: --zoom/],
    [["--no-augment", "--flip-vertical"], /but these flags ask for it: --flip-vertical$/m],
    [["--patience", "3"], /--patience stops a fold early only if it keeps its best epoch\. Add --keep best/],
    [["--optimizer", "adm"], /--optimizer is "adm"; expected adam, .*rmsprop\. Did you mean adam\?\n/],
    [["--schedule", "Cosine"], /--schedule is "Cosine"; .* Did you mean cosine\?\n/],
    [["--keep", "bst"], /--keep is "bst"; expected best, last\. Did you mean best\?\n/],
    [["--data", "x", "--groups", "a", "--group-by", "b"], /--groups and --group-by both say how to group/],
    [["--data", "x", "--group-by", "("], /--group-by \(: Invalid regular expression/],
    [["--strict"], /--strict goes with --data/],
    [["--data", "x", "--count", "9"], /--count is for the built-in phantom/],
    [["images"], /Unknown argument: images/],
  ])("refuses %j and says what it expects", async (args, message) => {
    const { code, stdout, stderr } = await cnn(["train", ...args])
    expect(code).toBe(2)
    expect(stdout).toBe("")
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/^\s+at /m)
  })
})
