/**
 * The colours of Matplotlib's plasma, whose lightness rises evenly, so that equal steps look equal,
 * also in gray and to the colour-blind; and no gray is among them.
 * https://matplotlib.org/stable/users/explain/colors/colormaps.html
 */

/** Every ninth of plasma. */
const PLASMA = ["0d0887", "47039f", "7301a8", "9c179e", "bd3786", "d8576b", "ed7953", "fa9e3b", "fdc926", "f0f921"].map(
  (hex) => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)),
)

/** Red, green and blue 0..255 of a value 0..1. */
export function plasma(value: number): number[] {
  const place = Math.min(1, Math.max(0, value)) * (PLASMA.length - 1)
  const low = Math.min(PLASMA.length - 2, Math.floor(place))
  return PLASMA[low].map((channel, k) => channel + (place - low) * (PLASMA[low + 1][k] - channel))
}
