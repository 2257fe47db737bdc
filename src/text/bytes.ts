/** Sizes of files for people, in decimal units, as disks and `ls --si` have them. */

const UNITS = ["B", "kB", "MB", "GB", "TB"]

/** 812 B, 1.2 kB, 34.5 MB */
export function bytesText(count: number): string {
  let unit = 0
  for (; count >= 999.95 && unit < UNITS.length - 1; unit++) count /= 1000
  return `${unit === 0 ? count : count.toFixed(1)} ${UNITS[unit]}`
}

/** The bytes in "500MB", "1.5 GB", "2g" or "4096"; undefined for what is no size. */
export function parseBytes(text: string): number | undefined {
  const [, number, letter] = /^(\d+(?:\.\d+)?) ?([kmgt]?)b?$/i.exec(text.trim()) ?? []
  if (number === undefined) return undefined
  const bytes = Math.round(Number(number) * 1000 ** ["", "k", "m", "g", "t"].indexOf(letter.toLowerCase()))
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
