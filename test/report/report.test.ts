/**
 * Parts of the report: escaping, first weights, guidelines, what is shared by two runs, whose file
 * it is.
 */
import { readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "vitest"
import { Conv2d, Dense, Flatten, ReLU, Sequential } from "../../src/index.ts"
import { networks } from "../../src/models/networks.ts"
import { filled } from "../../src/report/checklist.ts"
import type { Facts } from "../../src/report/checklist_facts.ts"
import { claimItems } from "../../src/report/claim.ts"
import { readComparison } from "../../src/report/comparison_file.ts"
import { html, raw } from "../../src/report/html.ts"
import { firstValuesText } from "../../src/report/init_text.ts"
import { metricText } from "../../src/report/metric_text.ts"
import { refuseForeign, writeReport } from "../../src/report/own_file.ts"
import { between, chartHtml, line, scaleOf } from "../../src/report/page_chart.ts"
import type { RunFiles } from "../../src/report/run_files.ts"
import { limitsSection } from "../../src/report/sections/limits.ts"
import { sharedImages } from "../../src/report/shared_images.ts"
import { tripodItems } from "../../src/report/tripod_ai.ts"
import type { Run, RunImage } from "../../src/run/read_run.ts"
import type { RunConfig } from "../../src/run/run_config.ts"
import { openForTests } from "../support/open.ts"
import { tempFolder } from "../support/temp_folder.ts"

describe("html", () => {
  it("escapes what comes from outside, keeps what was made here, and leaves out what is absent", () => {
    const name = `<img src=x onerror="a('&')">`
    expect(html`<p title="${name}">${html`<b>${name}</b>`}${null}${false}${[1, "<"]}${raw("<i>")}</p>`.text).toBe(
      `<p title="&lt;img src=x onerror=&quot;a(&#39;&amp;&#39;)&quot;&gt;"><b>&lt;img src=x onerror=&quot;a(&#39;&amp;&#39;)&quot;&gt;</b>1&lt;<i></p>`,
    )
  })
})

describe("a chart of the page", () => {
  it("is an SVG in the page's colours that loads nothing", async () => {
    const series = [...between([0, 1], [0, 0.2], [0.5, 1], "var(--c0)", "s"), line([[0, 0], [1, 1]], "var(--c1)")] // biome-ignore format: short
    const { text } = await chartHtml({
      title: "A < B",
      label: "a rising line",
      x: { name: "x", min: 0, max: 1 },
      y: { name: "y" },
      legend: [{ name: "one", colour: "var(--c1)", dashed: true }],
      series,
    })
    expect(text).toContain(`<svg role="img" aria-label="a rising line"`)
    expect(text).toContain("A &lt; B")
    for (const variable of ["--c0", "--c1", "--soft", "--edge"]) expect(text).toContain(`var(${variable})`)
    expect(text.replaceAll(/xmlns(:xlink)?="[^"]+"/g, "")).not.toMatch(/https?:|<script|@import/)
  })
})

describe("the end of a scale", () => {
  it("is left to the chart, or under a spike that would flatten the rest", () => {
    const usual = Array.from({ length: 20 }, (_, i) => 0.5 + i / 40)
    expect(scaleOf(usual)).toEqual({})
    expect(scaleOf([])).toEqual({})
    expect(scaleOf([...usual, 40.123])).toEqual({ max: 3, caption: "1 value off the scale, up to 40.1." })
  })
})

describe("the limits", () => {
  const said = (kind: string, augment: { flipHorizontal: boolean } | null) =>
    limitsSection({
      config: { source: { kind }, size: 128, data: { grouping: "" }, train: { augment, repeats: 1 } },
      evaluation: { pooled: { groups: 3 } },
    } as unknown as RunFiles).body.text.includes("No training image was mirrored")

  it("say of radiographs that were not mirrored that the side may tell, and of nothing else", () => {
    expect([said("folder", { flipHorizontal: false }), said("folder", null)]).toEqual([true, true])
    expect([said("folder", { flipHorizontal: true }), said("phantom", { flipHorizontal: false })]).toEqual([
      false,
      false,
    ])
  })
})

describe("first values", () => {
  it("are those that a model on a device is given, by name and seed", async () => {
    const gpu = await openForTests()
    const make = () => new Sequential(new Conv2d(1, 3, { kernel: 3 }), new ReLU(), new Flatten(), new Dense(12, 2))
    const model = make().to(gpu, { seed: 7 })
    for (const [name, tensor] of model.stateDict())
      expect([...make().firstValues(name, 7)], name).toEqual([...(await tensor.read())])
    expect(() => make().firstValues("9.weight", 7)).toThrow('Sequential: no parameter "9.weight"')
    gpu.close()
  })
})

describe("how weights begin", () => {
  it("is what each network says of itself", () => {
    expect(firstValuesText(networks.small.build(80, 1))).toBe(
      "edge detectors in evenly spread directions, not drawn (0.weight); He’s normal draws with variance 2 / fan-in " +
        "(4.weight, 8.weight, 12.weight); Glorot’s uniform draws (17.weight). " +
        "Draws come from a counter-based generator keyed by the seed",
    )
    expect(firstValuesText(networks.resnet18.build(64, 1))).toMatch(
      /^He’s normal draws with variance 2 \/ fan-out \(20 tensors\); Glorot’s uniform draws \(fc\.weight\)\. /,
    )
    const own = new Sequential(new Flatten(), new Dense(4, 1, { init: (values) => values.fill(1) }))
    expect(firstValuesText(own)).toMatch(/^an initialisation of the network’s own \(1\.weight\)\. /)
  })
})

describe("the guidelines", () => {
  const facts = new Proxy({}, { get: (_, key) => (key === "phantom" ? false : String(key)) }) as Facts
  it("have all items of theirs: 44 of CLAIM, 52 of TRIPOD+AI", () => {
    const numbers = (parts: ReturnType<typeof claimItems>) => parts.flatMap(({ items }) => items.map(({ no }) => no))
    expect(numbers(claimItems(facts))).toEqual(Array.from({ length: 44 }, (_, i) => String(i + 1)))
    const tripod = numbers(tripodItems(facts))
    expect(new Set(tripod).size).toBe(52)
    expect([...new Set(tripod.map((no) => Number.parseInt(no, 10)))]).toEqual(
      Array.from({ length: 27 }, (_, i) => i + 1),
    )
    const { run, all } = filled(claimItems(facts))
    expect(all).toBe(44)
    expect(run).toBeGreaterThan(20)
    expect(run).toBeLessThan(44)
  })
})

describe("figures in words", () => {
  it("are percentages where they are parts", () => {
    expect(metricText("accuracy", { value: 0.95, interval: [0.9, 0.975] })).toBe("95.0 % (90.0 to 97.5)")
    expect(metricText("auc", { value: 0.95, interval: null })).toBe("0.950")
    expect(metricText("ece", { value: null, interval: null })).toBe("-")
  })
})

describe("images that two runs share", () => {
  const image = (file: string, group: string, label = 0) =>
    ({ file, group, label, logits: [0], probabilities: [0.5, 0.5], answer: 0, repeat: 0 }) as RunImage
  const run = (hash: string, source: object, images: RunImage[], classes = ["a", "b"]) =>
    ({ folder: "none", config: { data: { hash }, source }, classes, images }) as unknown as Run
  const folder = { kind: "folder", dir: "x" }

  it("are those of the same source, name and label, and groups that share one are joined", () => {
    const a = run("1", folder, [image("p", "g1"), image("q", "g2"), image("r", "g3", 1), image("s", "g4")])
    const b = run("2", { ...folder, dir: "./x" }, [
      image("p", "h"),
      image("q", "h"),
      image("r", "k", 0),
      image("s", "m"),
    ])
    const shared = sharedImages(a, b)
    if (typeof shared === "string") throw new Error(shared)
    expect(shared.n).toBe(3)
    const groups = (images: RunImage[]) => images.map(({ group }) => group)
    expect(groups(shared.a)).toEqual(groups(shared.b))
    expect(shared.a[0].group).toBe(shared.a[1].group)
    expect(shared.a[2].group).not.toBe(shared.a[0].group)
  })

  it("are none where names need not mean the same image", () => {
    const drawn = (seed: number) => ({ kind: "phantom", seed, byType: false, count: 2 })
    const images = [image("p", "p")]
    expect(sharedImages(run("1", drawn(1), images), run("2", drawn(2), images))).toMatch(/images are not the same/)
    expect(sharedImages(run("1", drawn(1), images), run("2", drawn(1), images))).toMatchObject({ n: 1 })
    expect(sharedImages(run("1", folder, images), run("2", { ...folder, dir: "y" }, images))).toMatch(/not the same/)
    expect(sharedImages(run("1", folder, images), run("1", folder, images, ["a", "c"]))).toMatch(/classes/)
    expect(sharedImages(run("1", folder, images), run("1", folder, [image("z", "p")]))).toMatch(/no image/)
  })
})

it("images that two runs share are those whose files were the same, where both say so", async () => {
  const image = (file: string) => ({ file, group: file, label: 0, repeat: 0 }) as RunImage
  const run = async (csv?: string) => {
    const folder = await tempFolder(csv === undefined ? {} : { "files.csv": `file,sha256\n${csv}` })
    const config = { data: { hash: folder }, source: { kind: "folder", dir: "/x" } }
    return { folder, config, classes: ["a", "b"], images: [image("p"), image("q")] } as unknown as Run
  }
  const first = await run("p,1\nq,2\n")
  expect(sharedImages(first, await run("p,1\nq,3\n"))).toMatchObject({ n: 1, a: [{ file: "p" }], b: [{ file: "p" }] })
  expect(sharedImages(first, await run("p,2\nq,1\n"))).toMatch(/no image/)
  expect(sharedImages(first, await run())).toMatchObject({ n: 2 })
})

describe("a report's file", () => {
  it("is rebuilt as long as nobody has changed it", async () => {
    const file = path.join(await tempFolder(), "report.html")
    writeReport(file, "<p>one</p>\n", false)
    writeReport(file, "<p>two</p>\n", false)
    const text = readFileSync(file, "utf8")
    expect(text).toMatch(/^<p>two<\/p>\n<!-- cnn report [0-9a-f]{64} -->\n$/)
    writeFileSync(file, text.replace("two", "mine"))
    expect(() => refuseForeign(file)).toThrow(/was changed after it had been written; --force overwrites it/)
    expect(() => writeReport(file, "<p>three</p>\n", false)).toThrow()
    expect(readFileSync(file, "utf8")).toContain("mine")
    writeReport(file, "<p>three</p>\n", true)
    writeFileSync(file, "something else")
    expect(() => refuseForeign(file)).toThrow(/none of cnn's pages/)
  })
})

describe("comparison.json", () => {
  it("is read from its file or folder, is absent, or is refused", async () => {
    const run = (hash: string) => ({ data: { hash } }) as RunConfig
    const none = { complete: true, contenders: [], differences: [], claims: [] }
    const good = { ...none, config: { command: ["cnn"], data: { hash: "1" } } }
    const folder = await tempFolder({ "comparison.json": JSON.stringify(good), "bad.json": "{", "other.json": "{}" })
    expect(readComparison(folder, run("1"))).toEqual(good)
    expect(readComparison(path.join(folder, "comparison.json"), run("1"))).toEqual(good)
    expect(readComparison(path.join(folder, "none.json"), run("1"))).toBeNull()
    expect(() => readComparison(path.join(folder, "bad.json"), run("1"))).toThrow(/bad\.json: no JSON/)
    expect(() => readComparison(path.join(folder, "other.json"), run("1"))).toThrow(/other\.json: no "complete" in it/)
    expect(() => readComparison(folder, run("2"))).toThrow(
      /comparison\.json: a comparison on other images than the run/,
    )
  })
})
