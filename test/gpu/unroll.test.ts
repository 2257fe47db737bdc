import { describe, expect, it } from "vitest"
import { unroll } from "../../src/gpu/unroll.ts"

const kernel = (body: string, head = "") => `${head}\n@compute @workgroup_size(64)\nfn main() {\n${body}\n}\n`
/** The statements of the unrolled body, a line each. */
const lines = (body: string, head = "") =>
  unroll("test", kernel(body, head))
    .split("fn main() {\n")[1]
    .trimEnd()
    .split("\n")
    .map((line) => line.trim())
    .slice(0, -1)

describe("unroll", () => {
  it("leaves a kernel without marks as it is", () => {
    const code = kernel("  for (var i = 0u; i < 2u; i++) { y[i] = 0.0; } // a comment")
    expect(unroll("test", code)).toBe(code)
  })

  it("writes out marked loops, within each other too, up to the file's constants", () => {
    const body = `
      // unroll
      for (var i = 1u; i < ROWS; i++) {
        // unroll
        for (var j = 0u; j < i; j++) { y[i * 10u + j] = f32(i); }
      }`
    expect(lines(body, "const TWO: u32 = 2u;\nconst ROWS: u32 = TWO + 1u;")).toEqual([
      "y[1u * 10u + 0u] = f32(1u);",
      "y[2u * 10u + 0u] = f32(2u);",
      "y[2u * 10u + 1u] = f32(2u);",
    ])
  })

  it("writes out a loop marked with a condition unless that is 0, and what is marked within it in any case", () => {
    const body = `
      // unroll if WANTED
      for (var i = 0u; i < 2u; i++) {
        // unroll
        for (var j = 0u; j < 2u; j++) { y[i + j] = 0.0; }
      }`
    expect(lines(body, "const WANTED: u32 = 0u;")).toEqual([
      "for (var i = 0u; i < 2u; i ++) {",
      "y[i + 0u] = 0.0;",
      "y[i + 1u] = 0.0;",
      "}",
    ])
    expect(lines(body, "const WANTED: u32 = 1u;")).toHaveLength(4)
    expect(lines(body, "const WANTED: u32 = 1u;")[3]).toBe("y[1u + 1u] = 0.0;")
  })

  it("gives each copy its own names, and puts constants in their places", () => {
    const body = `
      // unroll
      for (var i = 0u; i < 2u; i++) {
        let at = i * 4u;
        let value = x[at];
        if (i == 1u) { y[at] = value; }
      }`
    expect(lines(body)).toEqual(["let value_0 = x[0u];", "let value_1 = x[4u];", "y[4u] = value_1;"])
  })

  it("leaves a member of a struct its name, also where a let has the same", () => {
    const body = `
      // unroll
      for (var i = 0u; i < 2u; i++) {
        let n = x[i];
        if (n < params.n) { y[n] = 0.0; }
      }`
    expect(lines(body).filter((line) => line.startsWith("if"))).toEqual([
      "if (n_0 < params.n) {",
      "if (n_1 < params.n) {",
    ])
  })

  it("turns elements that stay in a run of statements into lets", () => {
    const body = `
      var a: array<f32, 2>;
      // unroll
      for (var i = 0u; i < 2u; i++) { a[i] = x[i]; }
      a[0u] += a[1u];
      y[0] = a[0u];`
    expect(lines(body)).toEqual([
      "let a_0_1 = x[0u];",
      "let a_1_2 = x[1u];",
      "let a_0_3 = a_0_1 + (a_1_2);",
      "y[0] = a_0_3;",
    ])
  })

  it("keeps a variable behind an element that a loop carries, and writes it back once", () => {
    const body = `
      var sum: array<f32, 1>;
      for (var c = 0u; c < n; c++) {
        // unroll
        for (var k = 0u; k < 2u; k++) { sum[0u] = fma(x[k], w[k], sum[0u]); }
      }
      y[0u] = sum[0u];`
    expect(lines(body)).toEqual([
      "var sum_0: f32;",
      "for (var c = 0u; c < n; c ++) {",
      "let sum_0_1 = fma(x[0u], w[0u], sum_0);",
      "let sum_0_2 = fma(x[1u], w[1u], sum_0_1);",
      "sum_0 = sum_0_2;",
      "}",
      "y[0u] = sum_0;",
    ])
  })

  it("leaves an array with an index that is not constant in memory", () => {
    const body = `
      var sum: array<f32, 2>;
      // unroll
      for (var k = 0u; k < 2u; k++) { sum[k] = x[k]; }
      for (var k = 0u; k < 2u; k++) { y[k] = sum[k]; }`
    expect(lines(body).slice(0, 5)).toEqual([
      "var sum: array < f32, 2 >;",
      "let sum_0_1 = x[0u];",
      "sum[0u] = sum_0_1;",
      "let sum_1_2 = x[1u];",
      "sum[1u] = sum_1_2;",
    ])
  })

  it("refuses a marked loop that it cannot write out, naming the file", () => {
    expect(() => lines("// unroll\nfor (var i = 0u; i < n; i++) { }")).toThrow(
      "test.wgsl: the bound n of a loop to unroll is not constant",
    )
    expect(() => lines("// unroll if WANTED\nfor (var i = 0u; i < 4u; i++) { }")).toThrow(
      'test.wgsl: // unroll if WANTED: the file has no line "const WANTED: u32 = ...;"',
    )
    expect(() => lines("// unroll\nfor (var i = 0u; i < 4u; i += 2u) { }")).toThrow(
      'test.wgsl: a loop to unroll reads "for (var i = A; i < B; i++) {", not "for ( var i = 0u',
    )
  })
})
