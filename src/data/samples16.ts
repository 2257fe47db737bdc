/** Samples of 16 bits, as sharp gives them: words in the machine's byte order. */

/** A copy, as a Buffer may begin at an odd place of its memory. */
export const words = (bytes: Uint8Array): Uint16Array => new Uint16Array(Uint8Array.from(bytes).buffer)

/** Gray values 0..255 of the whole range. */
export const narrowed = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(words(bytes), (value) => Math.round(value / 257))
