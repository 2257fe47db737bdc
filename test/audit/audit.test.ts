/** What an audit finds in folders that are wrong in one way each, and what it writes. */
import { existsSync, renameSync } from "node:fs"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import sharp, { type Sharp } from "sharp"
import { describe, expect, it } from "vitest"
import { audit } from "../../src/audit/audit.ts"
import { type Finding, findings } from "../../src/audit/findings.ts"
import { groupsTable } from "../../src/audit/groups_table.ts"
import { look } from "../../src/audit/look.ts"
import { auditAdvice } from "../../src/cli/audit_advice.ts"
import { readGroupsCsv } from "../../src/data/groups_csv.ts"
import { jpegHeader } from "../../src/data/jpeg_header.ts"
import { phantomImage } from "../../src/data/phantom.ts"
import { auditHtml } from "../../src/report/audit_html.ts"
import { cnn } from "../support/cli.ts"
import { tempFolder } from "../support/temp_folder.ts"

const SIDE = 256
const drawn = (index: number): Sharp => {
  const { pixels } = phantomImage({ seed: 2, index, size: SIDE, fracture: null })
  return sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } }).toColourspace("b-w")
}
const png = (index: number) => drawn(index).png().toBuffer()
const turned = (index: number) => drawn(index).rotate(40, { background: "#000" }).png().toBuffer()
const of = (all: Finding[], kind: Finding["kind"]) => all.filter((finding) => finding.kind === kind)
const look1 = (dir: string) => audit(dir, { cacheDir: false })

/** Six different radiographs, three a class. */
const clean = async () =>
  Object.fromEntries(
    await Promise.all(
      [0, 1, 2, 3, 4, 5].map(async (i) => [`${i < 3 ? "fractured" : "normal"}/${"abcdef"[i]}.png`, await png(i)]),
    ),
  ) as Record<string, Uint8Array>

describe("audit", () => {
  it("has nothing to object to in a clean folder", async () => {
    const found = await look1(await tempFolder(await clean()))
    expect(found).toMatchObject({ classes: ["normal", "fractured"], labels: [1, 1, 1, 0, 0, 0], links: [], copies: [] })
    expect(found.joined).toEqual(found.groups)
    expect(findings(found)).toEqual([])
  })

  it("finds copies, joins their groups, and tells which labels contradict", async () => {
    const dir = await tempFolder({
      ...(await clean()),
      "fractured/again.png": await png(0),
      "normal/turned.png": await turned(1),
    })
    const found = await look1(dir)
    expect(found.identical).toEqual([["fractured/a.png", "fractured/again.png"]])
    expect(found.links.map(({ files }) => files)).toEqual([["fractured/b.png", "normal/turned.png"]])
    expect(found.copies.map(({ classes }) => classes)).toEqual([["fractured"], ["fractured", "normal"]])
    const group = (file: string) => found.joined[found.files.indexOf(file)]
    expect(group("fractured/again.png")).toBe(group("fractured/a.png"))
    expect(group("normal/turned.png")).toBe(group("fractured/b.png"))
    expect(new Set(found.joined).size).toBe(6)
    const all = findings(found)
    expect(of(all, "conflict")[0].text).toMatch(
      /^1 radiograph lies in .* b?.*fractured\/b\.png and normal\/turned\.png/,
    )
    expect(of(all, "ungrouped")[0].text).toMatch(/^Copies of 2 radiographs .* 6 groups instead of 8\.$/)
    expect(all[0].level).toBe("problem")
  })

  it("is content with copies that groups.csv keeps together", async () => {
    const files = { ...(await clean()), "fractured/turned.png": await turned(1) }
    const lines = Object.keys(files).map((file) => `${file},${/b|turned/.test(path.basename(file)) ? "one" : file}`)
    const found = await look1(await tempFolder({ ...files, "groups.csv": `file,group\n${lines.join("\n")}` }))
    expect(found.links).toHaveLength(1)
    expect(findings(found).filter(({ level }) => level === "problem")).toEqual([])
  })

  it("tells what leaks between the set's own parts", async () => {
    const files = Object.entries(await clean()).map(([file, bytes]) => [`train/${file}`, bytes] as const)
    const dir = await tempFolder({ ...Object.fromEntries(files), "test/fractured/x.png": await turned(0) })
    const found = await look1(dir)
    expect(found.parts).toEqual({ train: 6, test: 1 })
    const [leak, ...others] = of(findings(found), "leak")
    expect(leak.text).toMatch(/^1 radiograph lies in both train and test .*test\/fractured\/x\.png/)
    expect(others).toEqual([])
  })

  it("lists what it cannot use, what lies in the files, and uneven classes", async () => {
    const noted = await drawn(7)
      .jpeg({ quality: 60 })
      .withExif({ IFD0: { Artist: "Someone" } })
      .toBuffer()
    const many = Object.fromEntries(
      await Promise.all([8, 9, 10, 11, 12, 13, 14].map(async (i) => [`normal/${i}.png`, await png(i)])),
    )
    const dir = await tempFolder({ ...(await clean()), ...many, "normal/bad.png": "text", "normal/x.jpg": noted })
    const found = await look1(dir)
    expect(found.skipped).toEqual([{ file: "normal/bad.png", reason: expect.stringMatching(/^not an image/) }])
    expect(found.metadata).toEqual({ EXIF: ["normal/x.jpg"] })
    expect(found.formats).toEqual({ png: 13, jpeg: 1 })
    const all = findings(found)
    expect(all.map(({ kind }) => kind)).toEqual(["unreadable", "balance", "metadata"])
    expect(all[1].text).toMatch(/11 normal, 3 fractured/)
  })

  it("does without classes", async () => {
    const found = await look1(
      await tempFolder({ "a.png": await png(0), "b.png": await turned(0), "c.png": await png(1) }),
    )
    expect(found).toMatchObject({ classes: [], labels: [], links: [{ files: ["a.png", "b.png"] }] })
    expect(of(findings(found), "classes")[0].text).toMatch(/no class folder with images/)
  })

  it("refuses a folder without images, and a class that is not there", async () => {
    await expect(look1(await tempFolder({ "a/x.txt": "" }))).rejects.toThrow(/no images found\. Expected PNG/)
    const dir = await tempFolder(await clean())
    await expect(audit(dir, { cacheDir: false, positive: "x" })).rejects.toThrow(/no class "x" \(--positive\)/)
  })

  it("is remembered for the same contents, and made again for others", async () => {
    const [dir, cacheDir] = [
      await tempFolder({ ...(await clean()), "normal/t.png": await turned(4) }),
      await tempFolder(),
    ]
    const seen: string[] = []
    const onProgress = ({ what, total }: { what: string; total: number }) => seen.push(`${what} ${total}`)
    const first = await audit(dir, { cacheDir, onProgress })
    const work = seen.length
    expect(await audit(dir, { cacheDir, onProgress })).toEqual(first)
    // Hashing alone: half of what reading, hashing and measuring report.
    expect(seen.length - work).toBeLessThanOrEqual(work / 2)
    await writeFile(path.join(dir, "normal/t.png"), await png(20))
    expect((await audit(dir, { cacheDir })).links).toEqual([])
  })
})

it("a file that cannot be read at the moment is not remembered as one that cannot be used", async () => {
  const [dir, cacheDir] = [await tempFolder(await clean()), await tempFolder()]
  const [file, aside] = [path.join(dir, "fractured/a.png"), path.join(dir, "aside")]
  // Between its hash and its measurement.
  const onProgress = ({ done, total }: { done: number; total: number }) => {
    if (done === total && existsSync(file)) renameSync(file, aside)
  }
  const first = await audit(dir, { cacheDir, onProgress })
  expect(first.skipped).toEqual([{ file: "fractured/a.png", reason: "no such file" }])
  renameSync(aside, file)
  const again = await audit(dir, { cacheDir })
  expect([again.files.length, again.skipped]).toEqual([6, []])
})

describe("shortcuts", () => {
  /** Thirty of each class; `change` makes an image's file. */
  const set = async (change: (image: Sharp, positive: boolean, i: number) => Sharp) => {
    const files: Record<string, Uint8Array> = {}
    for (let i = 0; i < 60; i++) {
      const positive = i % 2 === 1
      const side = 40
      const { pixels } = phantomImage({ seed: 8, index: i, size: side, fracture: null })
      const image = sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
      files[`${positive ? "fractured" : "normal"}/${i}.jpg`] = await change(image, positive, i).toBuffer()
    }
    return look1(await tempFolder(files))
  }

  it("are none where the classes are made alike", async () => {
    const { shortcuts } = await set((image) => image.jpeg({ quality: 85 }))
    // Quality, width, height and their ratio are the same of all, and say nothing.
    expect(shortcuts.map(({ name }) => name).sort()).toEqual([
      "border gray",
      "bytes per pixel",
      "file size",
      "mean gray",
      "sharpness",
    ])
    expect(shortcuts.filter(({ telling }) => telling)).toEqual([])
  })

  it("are JPEG quality and file size where one class was saved again", async () => {
    const { shortcuts } = await set((image, positive) => image.jpeg({ quality: positive ? 60 : 90 }))
    expect(shortcuts.find(({ name }) => name === "JPEG quality")).toMatchObject({ auc: 1, telling: true })
    expect(shortcuts.find(({ name }) => name === "file size")).toMatchObject({ telling: true })
    expect(shortcuts.find(({ name }) => name === "mean gray")).toMatchObject({ telling: false })
  })

  it("are found where one class lies between the other's values", async () => {
    const { shortcuts } = await set((image, positive, i) =>
      image.resize(positive ? 40 : i % 4 === 0 ? 30 : 50, 40, { fit: "fill" }).jpeg(),
    )
    expect(shortcuts.find(({ name }) => name === "aspect ratio")).toMatchObject({ auc: 1, telling: true })
  })
})

describe("figures of a file", () => {
  it("JPEG quality is the one that it was saved with", async () => {
    for (const quality of [10, 50, 75, 92, 100]) {
      const bytes = await drawn(1).jpeg({ quality }).toBuffer()
      expect(Math.abs(jpegHeader(bytes).quality! - quality)).toBeLessThanOrEqual(1)
    }
    const whole = await drawn(1).jpeg().toBuffer()
    for (let n = 0; n < 200; n++) expect(jpegHeader(whole.subarray(0, n)).comment).toBe(false)
  })

  it("mean, border and sharpness leave the letterbox out", () => {
    // A square of 10 whose lower half is letterbox: 2 columns of 200 at either side of 100.
    const pixels = Uint8Array.from({ length: 100 }, (_, i) =>
      Math.floor(i / 10) < 2 || Math.floor(i / 10) > 6 ? 0 : i % 10 < 2 ? 200 : 100,
    )
    expect(look(pixels, 10, 2).mean).toBe(120)
    expect(look(pixels, 10, 2).border).toBeCloseTo((5 * 200 + 21 * 100 - 100 + 3 * 100) / 26, -1)
    expect(look(new Uint8Array(100).fill(9), 10, 1).sharpness).toBe(0)
  })
})

describe("groups.csv", () => {
  const found = { files: ["a/1.png", "a/2.png", "b/3.png"], joined: ["p", "p", "q"] }

  it("has one line per image", async () => {
    expect(await groupsTable(found)).toBe("file,group\na/1.png,p\na/2.png,p\nb/3.png,q\n")
  })

  it("keeps columns, separators and lines of one that is there", async () => {
    const text = "\ufeffFile;age;Group\n./a/1.png;70;p\na/2.png;71;old\nb/3.png;72;q\ngone.png;73;old\n"
    const dir = await tempFolder({ "groups.csv": text })
    expect(await groupsTable(found, path.join(dir, "groups.csv"))).toBe(
      "\ufeffFile;age;Group\n./a/1.png;70;p\na/2.png;71;p\nb/3.png;72;q\ngone.png;73;p\n",
    )
  })
})

it("the page shows names as text, whatever is in them, and loads nothing", async () => {
  const dir = await tempFolder({ ...(await clean()), "normal/<img src=x onerror=alert(1)>.png": await turned(4) })
  const html = await auditHtml(await look1(dir), async (file) => {
    if (/e\.png/.test(file)) throw new Error("<gone>")
    return "data:image/webp;base64,AAAA"
  })
  expect(html).not.toMatch(/<img src=x/)
  expect(html).toContain("&lt;img src=x onerror=alert(1)&gt;.png")
  expect(html).toContain("turned by")
  for (const [, link] of html.matchAll(/(?:src|href)="([^"]*)"/g))
    if (link.startsWith("#")) expect(html).toContain(`<section id="${link.slice(1)}">`)
    else expect(link).toMatch(/^data:/)
  expect(html).toContain("<p>&lt;gone&gt;</p>")
})

describe("cnn audit", () => {
  const env = async () => ({ CNN_CACHE: await tempFolder() })

  it("writes groups.csv and a page, again also, but not over a page that was changed", async () => {
    const dir = await tempFolder({ ...(await clean()), "fractured/turned.png": await turned(1) })
    const first = await cnn(["audit", dir], await env())
    expect(first).toMatchObject({ code: 0, stderr: "" })
    expect(first.stdout).toMatch(/7 images: 3 normal, 4 fractured/)
    expect(first.stdout).toMatch(/Problem {2}Copies of 1 radiograph are in different groups/)
    const csv = await readFile(path.join(dir, "groups.csv"), "utf8")
    expect(csv).toMatch(/^file,group\n/)
    expect(await readFile(path.join(dir, "audit.html"), "utf8")).toMatch(/data:image\/webp/)

    const cached = await env()
    expect(await cnn(["audit", dir], cached)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("already holds all of"),
    })
    const page = path.join(dir, "audit.html")
    await writeFile(page, `${await readFile(page, "utf8")}noted`)
    const again = await cnn(["audit", dir], cached)
    expect(again).toMatchObject({ code: 1, stdout: "" })
    expect(again.stderr).toMatch(/audit\.html: the file is none of cnn's pages; --force overwrites it/)
    const forced = await cnn(["audit", dir, "--force", "--strict"], await env())
    expect(forced.code).toBe(0)
    expect(forced.stdout).toMatch(/groups\.csv: already holds all of this/)
    expect(await readFile(path.join(dir, "groups.csv"), "utf8")).toBe(csv)
  })

  it("leaves the user's groups.csv alone, and adds to it with --force", async () => {
    const files = { ...(await clean()), "fractured/turned.png": await turned(1) }
    const own = `file,group,age\n${Object.keys(files)
      .map((file, i) => `${file},g${i >> 1},50`)
      .join("\n")}\n`
    const dir = await tempFolder({ ...files, "groups.csv": own })
    const first = await cnn(["audit", dir, "--strict", "--json"], await env())
    expect(first.code).toBe(1)
    expect(JSON.parse(first.stdout)).toMatchObject({ written: { groups: null }, findings: [{ kind: "ungrouped" }, {}] })
    expect(await readFile(path.join(dir, "groups.csv"), "utf8")).toBe(own)
    expect((await cnn(["audit", dir, "--force"], await env())).code).toBe(0)
    const group = await readGroupsCsv(path.join(dir, "groups.csv"))
    expect(group.get("fractured/turned.png")).toBe(group.get("fractured/b.png"))
    expect(group.get("fractured/a.png")).toBe(group.get("fractured/b.png"))
    expect(new Set(group.values()).size).toBe(3)
  })

  it("writes elsewhere with --out", async () => {
    const [dir, out] = [await tempFolder(await clean()), await tempFolder()]
    const { code } = await cnn(["audit", dir, "--out", path.join(out, "new")], await env())
    expect(code).toBe(0)
    expect(existsSync(path.join(dir, "groups.csv"))).toBe(false)
    expect(existsSync(path.join(out, "new", "groups.csv"))).toBe(true)
  })

  it("starts from the groups that are named, and does not lose those of another groups.csv", async () => {
    const files = { ...(await clean()), "fractured/turned.png": await turned(1) }
    const lines = Object.keys(files).map((file, i) => `${file},g${i >> 1},50`)
    const [dir, out] = [await tempFolder(files), await tempFolder({ "groups.csv": "file,group\nmine.png,mine\n" })]
    const named = path.join(await tempFolder({ "named.csv": `file,group,age\n${lines.join("\n")}\n` }), "named.csv")
    const args = ["audit", dir, "--groups", named, "--out", out]
    const refused = await cnn([...args, "--force"], await env())
    expect(refused).toMatchObject({ code: 1, stdout: "" })
    expect(refused.stderr).toMatch(/groups\.csv: holds other groups than those that were read, and --force would lose/)
    expect(existsSync(path.join(out, "audit.html"))).toBe(false)
    expect((await cnn(args, await env())).stdout).toMatch(/groups\.csv: holds other groups .*; left unchanged/)
    expect(await readFile(path.join(out, "groups.csv"), "utf8")).toBe("file,group\nmine.png,mine\n")

    const fresh = [...args.slice(0, -1), path.join(out, "new")]
    expect((await cnn(fresh, await env())).code).toBe(0)
    const table = await readFile(path.join(out, "new", "groups.csv"), "utf8")
    expect(table).toMatch(/^file,group,age\n/)
    const group = await readGroupsCsv(path.join(out, "new", "groups.csv"))
    expect(group.get("fractured/turned.png")).toBe(group.get("fractured/a.png"))
    expect((await cnn([...fresh, "--force"], await env())).stdout).toMatch(/groups\.csv: already holds all of this/)

    const byName = await cnn(
      ["audit", dir, "--group-by", "[^/]+/(.)", "--json", "--out", path.join(out, "by")],
      await env(),
    )
    expect(JSON.parse(byName.stdout).grouping).toMatch(/by the expression \[\^\/\]/)
    const both = await cnn(["audit", dir, "--group-by", ".", "--groups", named, "--out", path.join(out, "no")])
    expect(both).toMatchObject({ code: 2, stderr: expect.stringMatching(/--groups and --group-by both say/) })
  })

  it("says what it expects", async () => {
    const none = await cnn(["audit", path.join(await tempFolder(), "none")])
    expect(none).toMatchObject({ code: 1, stdout: "" })
    expect(none.stderr).toMatch(/none: no such folder; expected a folder of images/)
    const empty = await tempFolder()
    await mkdir(path.join(empty, "a"))
    expect((await cnn(["audit", empty])).stderr).toMatch(/no images found/)
  })
})

describe("cnn train", () => {
  it("audits first: warns, and refuses with --strict", async () => {
    const dir = await tempFolder({ ...(await clean()), "normal/turned.png": await turned(1) })
    const out = path.join(await tempFolder(), "run")
    const args = ["train", "--data", dir, "--size", "16", "--epochs", "1", "--folds", "2", "--batch", "4", "--out", out]
    const env = { CNN_CACHE: await tempFolder() }
    const strict = await cnn([...args, "--strict"], env)
    expect(strict.code).toBe(1)
    expect(strict.stderr).toMatch(/--strict allows no problems, and the audit found these:\n {2}1 radiograph lies in/)
    expect(existsSync(out)).toBe(false)
    const quiet = await cnn([...args, "--no-audit"], env)
    expect(quiet).toMatchObject({ code: 0 })
    expect(quiet.stdout).not.toMatch(/^Audit/m)
    const warned = await cnn([...args.slice(0, -1), `${out}2`], env)
    expect(warned).toMatchObject({ code: 0 })
    expect(warned.stdout).toMatch(/^Audit {5}1 radiograph lies in more than one class/m)
    expect(warned.stdout).toContain(`npx cnn audit ${dir} shows the images and writes groups.csv`)
  })

  it("advises the audit that starts from its own groups, and what it writes is taken", async () => {
    const more = { "fractured/p.png": await png(8), "fractured/q.png": await png(9), "normal/r.png": await png(10) }
    const dir = await tempFolder({ ...(await clean()), ...more, "fractured/turned.png": await turned(1) })
    const cache = { CNN_CACHE: await tempFolder() }
    const train = (...args: string[]) =>
      cnn(["train", "--data", dir, "--size", "16", "--epochs", "1", "--folds", "2", "--batch", "4", ...args], cache)
    const refused = await train("--group-by", "[^/]+$", "--strict")
    const advice = /npx cnn (audit .*) shows the images .*; then train with (--groups \S+)\.$/m
    const [, command, groups] = advice.exec(refused.stderr)!
    expect(command).toBe(`audit ${dir} --group-by '[^/]+$'`)
    expect((await cnn(command.replaceAll("'", "").split(" "), cache)).code).toBe(0)
    const out = ["--out", path.join(await tempFolder(), "run")]
    expect(await train(...groups.split(" "), "--strict", ...out)).toMatchObject({ code: 0, stderr: "" })
  })

  it("advises what loses nothing where there is a groups.csv already", async () => {
    const dir = await tempFolder({ "groups.csv": "" })
    const source = { kind: "folder", dir, strict: false } as const
    const own = path.join(dir, "groups.csv")
    expect(auditAdvice(source)).toMatch(`npx cnn audit ${dir} --force shows`)
    expect(auditAdvice({ ...source, groupsFile: own })).toMatch(`npx cnn audit ${dir} --groups ${own} --force shows`)
    expect(auditAdvice({ ...source, positive: "a b", groupBy: "x" })).toMatch(
      `npx cnn audit ${dir} --positive 'a b' --group-by x --out ${dir}-audit shows`,
    )
  })
})
