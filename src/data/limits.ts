/**
 * More pixels than any radiograph has (a film of 35 x 43 cm scanned at 50 micrometres has 60 million); a small file that
 * unpacks to more is a mistake or an attack. The worst formats take 8 bytes a pixel: 800 MB.
 */
export const MAX_PIXELS = 100e6

/** What JPEG can say; libvips cannot shrink by what a longer side would need. */
export const MAX_SIDE = 65_535
