/** "1 image", "1,140 images"; "2 copies" where `many` says so. */
export const plural = (n: number, noun: string, many = `${noun}s`): string =>
  `${n.toLocaleString("en")} ${n === 1 ? noun : many}`
