// Pictures of plain arithmetic: pixels, a window that slides, padding, pooling, folds.
import { PNG } from "pngjs"
import { folds } from "../../dist/src/data/folds.js"
import { phantomFracture, phantomImage } from "../../dist/src/data/phantom.js"
import { box, COLOURS, cells, gray, inkOn, label, path, picture, plot, SERIES, tag, turns } from "./svg.mjs"

const { blue, orange, grey, pale } = COLOURS

/** The example of docs/filter.md: a dark half, a bright half, and a filter that finds where they meet. */
export const EDGE = {
  image: [1, 2, 3, 4, 5].map(() => [10, 10, 10, 90, 90]),
  filter: [1, 2, 3].map(() => [-1, 0, 1]),
}

export function correlate(image, filter) {
  const side = image.length - filter.length + 1
  return Array.from({ length: side }, (_, i) =>
    Array.from({ length: side }, (_, j) =>
      filter.reduce((sum, row, p) => row.reduce((all, weight, q) => all + weight * image[i + p][j + q], sum), 0),
    ),
  )
}

function filterSliding() {
  const { image, filter } = EDGE
  const output = correlate(image, filter)
  const side = 36
  const [top, left, middle, right] = [40, 20, 230, 390]
  const places = output.flatMap((row, i) => row.map((_, j) => [i, j]))
  const seconds = 1
  const window = box(left, top, 3 * side, 3 * side, {
    fill: orange,
    "fill-opacity": 0.25,
    stroke: orange,
    "stroke-width": 3,
  }).replace(
    "></rect>",
    `>${turns(
      "x",
      places.map(([, j]) => left + j * side),
      seconds,
    )}${turns(
      "y",
      places.map(([i]) => top + i * side),
      seconds,
    )}</rect>`,
  )
  // Each sum appears as the window stands on its pixels; without animation all are there.
  const covers = places.map((_, k) =>
    box(right + places[k][1] * side + 1, top + places[k][0] * side + 1, side - 2, side - 2, {
      fill: "#fff",
      opacity: 0,
    }).replace(
      "></rect>",
      `>${turns(
        "opacity",
        places.map((_, t) => (t < k ? 1 : 0)),
        seconds,
      )}</rect>`,
    ),
  )
  return picture(520, 250, "A filter of 3 x 3 slides over an image of 5 x 5", [
    label(left, 25, "image"),
    label(middle, 25, "filter"),
    label(right, 25, "sums"),
    cells(
      left,
      top,
      side,
      image,
      (value) => gray(Math.round(2.5 * value)),
      (value) => inkOn(2.5 * value),
    ),
    cells(middle, top, side, filter),
    cells(right, top, side, output, (value) => (value > 0 ? "#ffe2cc" : "#fff")),
    ...covers,
    window,
  ])
}

function pixels() {
  const [seed, index, size, side] = [3, 1, 144, 32]
  const bone = { seed, index, size, fracture: "transverse" }
  const image = phantomImage(bone).pixels
  const [{ x, y }] = phantomFracture(bone)
  const [row, column] = [Math.round(y) - 4, Math.round(x) - 4]
  const patch = Array.from({ length: 9 }, (_, i) =>
    Array.from({ length: 9 }, (_, j) => image[(row + i) * size + column + j]),
  )
  const png = new PNG({ width: size, height: size })
  for (const [i, value] of image.entries()) png.data.set([value, value, value, 255], 4 * i)
  const href = `data:image/png;base64,${PNG.sync.write(png, { colorType: 0 }).toString("base64")}`
  return picture(660, 330, "A drawn radiograph, and the numbers of 9 x 9 of its pixels", [
    tag("image", { x: 20, y: 20, width: 2 * size, height: 2 * size, href, "image-rendering": "pixelated" }),
    box(20 + 2 * column, 20 + 2 * row, 18, 18, { fill: "none", stroke: orange, "stroke-width": 2 }),
    cells(340, 20, side, patch, gray, inkOn),
    box(340, 20, 9 * side, 9 * side, { fill: "none", stroke: orange, "stroke-width": 3 }),
  ])
}

function padding() {
  const side = 40
  const image = [
    [0, 0, 0, 0, 0],
    [0, 1, 2, 3, 0],
    [0, 4, 5, 6, 0],
    [0, 7, 8, 9, 0],
    [0, 0, 0, 0, 0],
  ]
  const inside = (i, j) => i > 0 && i < 4 && j > 0 && j < 4
  const window = (i, j, colour) =>
    box(20 + 2 * j * side + 3, 40 + 2 * i * side + 3, 3 * side - 6, 3 * side - 6, {
      fill: colour,
      "fill-opacity": 0.12,
      stroke: colour,
      "stroke-width": 3,
    })
  return picture(400, 260, "x with padding 1, and windows of 3 x 3 with stride 2", [
    label(20, 25, "x with its padding"),
    label(280, 25, "y"),
    cells(
      20,
      40,
      side,
      image,
      (_, i, j) => (inside(i, j) ? "#fff" : pale),
      (_, i, j) => (inside(i, j) ? COLOURS.ink : grey),
    ),
    window(0, 0, orange),
    window(0, 1, blue),
    cells(280, 40, side, [
      ["0,0", "0,1"],
      ["1,0", "1,1"],
    ]),
    box(283, 43, side - 6, side - 6, { fill: "none", stroke: orange, "stroke-width": 3 }),
    box(283 + side, 43, side - 6, side - 6, { fill: "none", stroke: blue, "stroke-width": 3 }),
  ])
}

/** The image of docs/max_pool2d.md's picture, and what pooling by 2 makes of it. */
export const POOLED = [
  [1, 3, 0, 2],
  [5, 2, 1, 1],
  [0, 0, 7, 4],
  [2, 6, 3, 6],
]

export function pool(image, join) {
  const windows = (i, j) => [0, 1].flatMap((p) => [0, 1].map((q) => image[2 * i + p][2 * j + q]))
  return [0, 1].map((i) => [0, 1].map((j) => join(windows(i, j))))
}

function pooling() {
  const tint = (i, j) => ["#fff1e5", "#ddf4ff", "#dafbe1", "#fbefff"][2 * i + j]
  const part = (x, title, rows) => label(x, 25, title) + cells(x, 40, 40, rows, (_, i, j) => tint(i, j))
  return picture(500, 220, "Max pooling and average pooling by 2", [
    label(20, 25, "x"),
    cells(20, 40, 40, POOLED, (_, i, j) => tint(i >> 1, j >> 1)),
    part(
      240,
      "maximum",
      pool(POOLED, (values) => Math.max(...values)),
    ),
    part(
      380,
      "mean",
      pool(POOLED, (values) => values.reduce((sum, value) => sum + value, 0) / 4),
    ),
  ])
}

/** Twelve patients of one to four images, dealt into folds as a run deals them, and image by image. */
export function deal(byPatient) {
  const images = Array.from({ length: 12 }, (_, patient) =>
    Array.from({ length: 1 + ((patient * 5) % 4) }, (_, view) => ({ patient, view })),
  ).flat()
  const files = images.map(({ patient, view }) => `p${String(patient).padStart(2, "0")}/${view}.png`)
  const groups = byPatient ? images.map(({ patient }) => `p${patient}`) : files
  const labels = Uint8Array.from(images, ({ patient }) => patient % 2)
  const fold = folds({ files, groups, labels }, { k: 3, seed: 1 })
  return images.map((image, i) => ({ ...image, fold: fold[i] }))
}

function foldsPicture() {
  const [side, left] = [22, 110]
  const rows = (top, title, byPatient) => {
    const images = deal(byPatient)
    const torn = new Set(
      images
        .filter((one) => images.some((other) => other.patient === one.patient && other.fold !== one.fold))
        .map(({ patient }) => patient),
    )
    return [
      label(20, top - 32, title, { "font-weight": "bold" }),
      ...Array.from({ length: 12 }, (_, patient) =>
        label(left + patient * 40 + side / 2, top - 8, `P${patient + 1}`, {
          "text-anchor": "middle",
          fill: torn.has(patient) ? orange : COLOURS.ink,
        }),
      ),
      ...images.map(({ patient, view, fold }) =>
        box(left + patient * 40, top + view * (side + 3), side, side, { fill: SERIES[fold], rx: 3 }),
      ),
      label(20, top + 16, "images"),
    ].join("\n")
  }
  return picture(610, 370, "Twelve patients dealt into three folds, whole and torn apart", [
    rows(70, "By patient: each patient lies in one fold", true),
    rows(230, "By image: patients in orange are trained on and tested", false),
    ...[0, 1, 2].map(
      (fold) =>
        box(left + fold * 90, 342, 14, 14, { fill: SERIES[fold] }) + label(left + 20 + fold * 90, 354, `fold ${fold}`),
    ),
  ])
}

function activations() {
  const sigmoid = (x) => 1 / (1 + Math.exp(-x))
  const tanhGelu = (x) => x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))
  const curves = {
    relu: (x) => Math.max(x, 0),
    "leaky relu, 0.1": (x) => Math.max(x, 0.1 * x),
    sigmoid,
    gelu: tanhGelu,
    swish: (x) => x * sigmoid(x),
  }
  const { place, frame } = plot({ x: 50, y: 20, width: 400, height: 250, low: [-4, -1], high: [4, 4] })
  const points = (curve) => Array.from({ length: 81 }, (_, k) => place([k / 10 - 4, curve(k / 10 - 4)]))
  return picture(640, 310, "Five activations", [
    frame,
    ...Object.values(curves).map((curve, k) => path(points(curve), { stroke: SERIES[k], "stroke-width": 2 })),
    ...Object.keys(curves).map(
      (name, k) => box(480, 30 + 26 * k, 14, 14, { fill: SERIES[k] }) + label(502, 42 + 26 * k, name),
    ),
  ])
}

/** From a pixel to a report: what happens, and the folder that does it. */
const PATH = [
  [
    ["image files", "src/data"],
    ["folds by patient", "src/data"],
    ["augmentation", "src/layers"],
    ["network", "src/models"],
    ["loss", "src/layers"],
  ],
  [
    ["report", "src/report"],
    ["metrics, intervals", "src/eval"],
    ["test fold", "src/train"],
    ["new weights", "src/optim"],
    ["gradients", "src/tensor"],
  ],
]

function pathToReport() {
  const [width, height, gap] = [146, 56, 30]
  const left = (column) => 14 + column * (width + gap)
  const top = (row) => 14 + row * (height + 44)
  const arrow = (from, to) => path([from, to], { stroke: COLOURS.ink, "stroke-width": 2, "marker-end": "url(#head)" })
  const boxes = PATH.flatMap((row, i) =>
    row.map(
      ([what, folder], j) =>
        box(left(j), top(i), width, height, { fill: i === 0 ? "#ddf4ff" : "#fff1e5", stroke: grey, rx: 6 }) +
        label(left(j) + width / 2, top(i) + 24, what, { "text-anchor": "middle", "font-weight": "bold" }) +
        label(left(j) + width / 2, top(i) + 44, folder, { "text-anchor": "middle", fill: "#57606a" }),
    ),
  )
  const middle = (row) => top(row) + height / 2
  const across = [0, 1, 2, 3].flatMap((j) => [
    arrow([left(j) + width, middle(0)], [left(j + 1) - 13, middle(0)]),
    arrow([left(j + 1), middle(1)], [left(j) + width + 13, middle(1)]),
  ])
  const [forth, back] = [left(4) + width / 2, left(3) + width / 2]
  return picture(878, 184, "From a pixel to a report", [
    '<defs><marker id="head" markerWidth="8" markerHeight="8" refX="2" refY="4" orient="auto"><path d="M0 0L8 4L0 8Z"/></marker></defs>',
    ...boxes,
    ...across,
    arrow([forth, top(0) + height], [forth, top(1) - 13]),
    arrow([back, top(1)], [back, top(0) + height + 13]),
    label(back + 8, top(0) + height + 27, "next batch"),
  ])
}

export const drawings = {
  "path.svg": pathToReport,
  "activations.svg": activations,
  "pixels.svg": pixels,
  "filter.svg": filterSliding,
  "padding.svg": padding,
  "pooling.svg": pooling,
  "folds.svg": foldsPicture,
}
