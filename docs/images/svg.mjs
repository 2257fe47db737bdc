// What the pictures of the docs are drawn with: text, boxes and lines on white, so that they can be
// read on a dark page too.

export const COLOURS = { ink: "#1f2328", grey: "#8c959f", pale: "#eaeef2", blue: "#0969da", orange: "#bc4c00" }
export const SERIES = ["#0969da", "#bc4c00", "#1a7f37", "#8250df", "#bf8700"]

const attributes = (values) =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join("")

export const tag = (name, values, body = "") => `<${name}${attributes(values)}>${body}</${name}>`

export const label = (x, y, words, values = {}) => tag("text", { x, y, ...values }, words)

export const box = (x, y, width, height, values = {}) => tag("rect", { x, y, width, height, ...values })

/** Coordinates to a tenth of a pixel, so that a file stays small. */
export const at = (value) => String(Math.round(10 * value) / 10)

export const path = (points, values = {}) =>
  tag("path", { d: `M${points.map(([x, y]) => `${at(x)} ${at(y)}`).join("L")}`, fill: "none", ...values })

/** A grid of numbers; `fill(value, row, column)` colours a cell. */
export function cells(x, y, side, rows, fill = () => "#fff", ink = () => COLOURS.ink) {
  return rows
    .flatMap((row, i) =>
      row.map(
        (value, j) =>
          box(x + j * side, y + i * side, side, side, { fill: fill(value, i, j), stroke: COLOURS.grey }) +
          label(x + (j + 0.5) * side, y + (i + 0.5) * side + 5, value, {
            "text-anchor": "middle",
            fill: ink(value, i, j),
          }),
      ),
    )
    .join("\n")
}

/** A gray value 0..255, and ink that can be read on it. */
export const gray = (value) => `rgb(${value},${value},${value})`
export const inkOn = (value) => (value > 128 ? "#000" : "#fff")

/** The same attribute through `values` in turn, each for `seconds`, over and over. */
export const turns = (attributeName, values, seconds) =>
  tag("animate", {
    attributeName,
    values: values.join(";"),
    dur: `${values.length * seconds}s`,
    calcMode: "discrete",
    repeatCount: "indefinite",
  })

/** Axes from 0 to 1 with a frame, and where a value lies on them. */
export function plot({ x, y, width, height, low = [0, 0], high = [1, 1] }) {
  const place = ([u, v]) => [
    x + ((u - low[0]) / (high[0] - low[0])) * width,
    y + height - ((v - low[1]) / (high[1] - low[1])) * height,
  ]
  const tick = (value) => String(Math.round(100 * value) / 100)
  const frame = [
    box(x, y, width, height, { fill: "none", stroke: COLOURS.grey }),
    ...[0, 0.25, 0.5, 0.75, 1].flatMap((part) => {
      const [u, v] = [low[0] + part * (high[0] - low[0]), low[1] + part * (high[1] - low[1])]
      return [
        label(at(place([u, v])[0]), y + height + 18, tick(u), { "text-anchor": "middle" }),
        label(x - 8, at(place([u, v])[1] + 5), tick(v), { "text-anchor": "end" }),
      ]
    }),
  ]
  return { place, frame: frame.join("\n") }
}

export const picture = (width, height, title, parts) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
  `role="img" font-family="sans-serif" font-size="14" fill="${COLOURS.ink}">\n<title>${title}</title>\n` +
  `${box(0, 0, width, height, { fill: "#fff" })}\n${parts.join("\n")}\n</svg>\n`
