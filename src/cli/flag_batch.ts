import { numberFlag } from "./flag_number.ts"

/** Of commands whose answers are the same however many images are looked at at once. */
export const batchFlag = numberFlag("batch", {
  describe: "maximum number of images at a time; lower it if memory is short",
  default: "64, fewer of images over 128 pixels",
  integer: true,
  min: 1,
  max: 65535,
})
