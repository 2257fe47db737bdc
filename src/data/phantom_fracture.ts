/**
 * Fractures: lines that cut a bone into fragments, and how far the fragments have moved. Units as
 * in phantom_bone.ts.
 */
import type { Random } from "../tensor/random.ts"
import { axisAt, type Bone, boneAttenuation, radiusAt } from "./phantom_bone.ts"
import { smoothstep, type Texture } from "./phantom_texture.ts"

export const fractureTypes = ["transverse", "oblique", "spiral", "comminuted", "greenstick", "hairline"] as const
export type FractureType = (typeof fractureTypes)[number]

/** Half the width over which a fragment's broken edge fades out. */
const EDGE = 0.004

/**
 * Where the break runs: the near and the far wall of the tube, each s as a function of q = d /
 * radius in -1 .. 1.
 */
type BreakLine = { near: (q: number) => number; far: (q: number) => number }

/** A rigid motion in the plane of the image: turn by `angle` about (s, t), then shift. */
interface Motion {
  s: number
  t: number
  angle: number
  ds: number
  dt: number
}

/**
 * A piece of bone behind one line and before another, on one side of a lengthwise split where
 * `side` says so.
 */
interface Fragment {
  after?: BreakLine
  before?: BreakLine
  side?: { sign: number; q: number }
  motion?: Motion
}

export interface Fracture {
  type: FractureType
  /** Its centre on the bone's axis. */
  s: number
  t: number
  fragments: Fragment[]
  swelling: Swelling
}

/** Blood and water around the break: a soft bulge of Gaussian profile. */
interface Swelling {
  sd: number
  depth: number
}

/**
 * A long bone's mass a unit of length, over the square of its radius: a wall of 0.35 radii about a
 * core.
 */
const BONE_MASS = 16

/**
 * How far the part towards the hand moves: along and across in radii of the bone, turned in
 * radians.
 */
const DISPLACEMENT: Record<
  FractureType,
  { along: [number, number]; across: [number, number]; angle: [number, number] }
> = {
  transverse: { along: [0.25, 0.6], across: [0.4, 0.9], angle: [-0.12, 0.12] },
  oblique: { along: [0.3, 0.6], across: [0.25, 0.6], angle: [-0.12, 0.12] },
  spiral: { along: [0.45, 0.75], across: [0.15, 0.45], angle: [-0.08, 0.08] },
  comminuted: { along: [0.5, 0.8], across: [0.2, 0.7], angle: [-0.12, 0.12] },
  greenstick: { along: [0.08, 0.1], across: [0, 0], angle: [0.24, 0.34] },
  hairline: { along: [0.26, 0.34], across: [0, 0], angle: [0, 0] },
}

/** A fracture of `bone` at `s`. */
export function drawFracture(random: Random, type: FractureType, bone: Bone, s: number): Fracture {
  const radius = radiusAt(bone, s)
  const t = axisAt(bone, s)
  const slope = drawSlope(random, type)
  const wedge = type === "comminuted" ? random.uniform(1.1, 1.6) * radius : 0
  const line = drawLine(random, type, s - wedge / 2, radius, slope)
  // A slanting break slips the way that opens it.
  const side = type === "oblique" || type === "spiral" ? -Math.sign(slope) : random.uniform() < 0.5 ? -1 : 1
  const range = DISPLACEMENT[type]
  const ds = random.uniform(...range.along) * radius
  const dt = random.uniform(...range.across) * radius * side
  // A green stick bends about its unbroken side.
  const pivot = type === "greenstick" ? t + side * 0.5 * radius : t
  const motion = { s, t: pivot, angle: random.uniform(...range.angle) * side, ds, dt }
  const gap = ds + Math.abs(motion.angle * (pivot - t))
  const swelling = drawSwelling(random, BONE_MASS * radius * radius * gap)
  const fracture = { type, s, t, fragments: [{ before: line }, { after: line, motion }], swelling }
  return type === "comminuted" ? drawComminution(random, fracture, radius, wedge, line, motion) : fracture
}

/**
 * As heavy as the bone that the gap has driven out of view: a break must not show as a lack of
 * brightness.
 */
function drawSwelling(random: Random, mass: number): Swelling {
  const sd = random.uniform(0.05, 0.08)
  return { sd, depth: mass / (2 * Math.PI * sd * sd) }
}

/** Attenuation of the swelling at (s, t). */
export function swellingAttenuation({ s, t, swelling }: Fracture, at: { s: number; t: number }): number {
  const square = ((at.s - s) ** 2 + (at.t - t) ** 2) / (2 * swelling.sd ** 2)
  return square > 8 ? 0 : swelling.depth * Math.exp(-square)
}

/** A second line beyond the first, and the wedge between them split lengthwise. */
function drawComminution(
  random: Random,
  fracture: Fracture,
  radius: number,
  wedge: number,
  line: BreakLine,
  motion: Motion,
): Fracture {
  const { s, t } = fracture
  const second = drawLine(random, "oblique", s + wedge / 2, radius, drawSlope(random, "oblique"))
  const split = random.uniform(-0.25, 0.25)
  const pieces = [-1, 1].map((side) => ({
    after: line,
    before: second,
    side: { sign: side, q: split },
    motion: {
      s,
      t,
      angle: random.uniform(-0.3, 0.3),
      ds: random.uniform(0.15, 0.35) * radius,
      dt: side * random.uniform(0.1, 0.35) * radius,
    },
  }))
  return { ...fracture, fragments: [{ before: line }, ...pieces, { after: second, motion }] }
}

/** Radii along the bone for a radius across it. */
function drawSlope(random: Random, type: FractureType): number {
  const sign = random.uniform() < 0.5 ? -1 : 1
  return sign * (type === "oblique" || type === "spiral" ? random.uniform(0.7, 1.2) : random.uniform(0, 0.25))
}

/** A break through s on the axis, with a ragged edge. */
function drawLine(random: Random, type: FractureType, s: number, radius: number, slope: number): BreakLine {
  const rough = random.uniform(0.04, 0.1)
  const phase = random.uniform(0, 2 * Math.PI)
  const rag = (q: number) => rough * (Math.sin(5 * q + phase) + 0.6 * Math.sin(11 * q + 2 * phase))
  if (type === "spiral") {
    // A helix on the tube: the near and the far wall break along mirrored arcs.
    const arc = (q: number) => slope * Math.asin(Math.max(-1, Math.min(1, q)))
    return { near: (q) => s + radius * (arc(q) + rag(q)), far: (q) => s + radius * (0.75 * arc(q) + rag(-q)) }
  }
  const near = (q: number) => s + radius * (slope * q + rag(q))
  return { near, far: (q) => near(q) + 0.1 * radius * Math.sin(3 * q + phase) }
}

/**
 * Attenuation of the broken bone at (s, t): the sum over its fragments, so that gaps are dark and
 * overlaps bright.
 */
export function brokenAttenuation(bone: Bone, fracture: Fracture, s: number, t: number, grain: Texture): number {
  let sum = 0
  for (const fragment of fracture.fragments) {
    const [ps, pt] = fragment.motion ? undo(fragment.motion, s, t) : [s, t]
    const solid = boneAttenuation(bone, ps, pt, grain)
    if (solid > 0) sum += solid * coverage(fragment, ps, (pt - axisAt(bone, ps)) / radiusAt(bone, ps))
  }
  return sum
}

function undo(motion: Motion, s: number, t: number): [number, number] {
  const u = s - motion.s - motion.ds
  const v = t - motion.t - motion.dt
  const cos = Math.cos(motion.angle)
  const sin = Math.sin(motion.angle)
  return [motion.s + cos * u + sin * v, motion.t - sin * u + cos * v]
}

/** The share of the ray's bone at (s, q) that belongs to the fragment: 0 .. 1, each wall half. */
function coverage(fragment: Fragment, s: number, q: number): number {
  const { after, before, side } = fragment
  let near = 1
  let far = 1
  if (after) {
    near *= smoothstep(-EDGE, EDGE, s - after.near(q))
    far *= smoothstep(-EDGE, EDGE, s - after.far(q))
  }
  if (before) {
    near *= smoothstep(-EDGE, EDGE, before.near(q) - s)
    far *= smoothstep(-EDGE, EDGE, before.far(q) - s)
  }
  const kept = side ? smoothstep(-0.08, 0.08, side.sign * (q - side.q)) : 1
  return 0.5 * (near + far) * kept
}

/** Points on each edge of a fragment are so many. */
const EDGE_POINTS = 17

/**
 * The broken edges of all fragments, where the fragments have moved to: points (s, t) along them.
 */
export function brokenEdges(bone: Bone, { fragments }: Fracture): { s: number; t: number }[] {
  const along = Array.from({ length: EDGE_POINTS }, (_, k) => k / (EDGE_POINTS - 1))
  return fragments.flatMap(({ after, before, side, motion }) => {
    const breaks = [after, before].filter((line) => line !== undefined)
    const across = along
      .map((part) => 2 * part - 1)
      .filter((q) => !side || side.sign * (q - side.q) >= 0)
      .flatMap((q) => breaks.flatMap(({ near, far }) => [near(q), far(q)].map((s) => ({ s, q }))))
    const lengthwise = side
      ? along.map((part) => ({ s: (1 - part) * after!.near(side.q) + part * before!.near(side.q), q: side.q }))
      : []
    return [...across, ...lengthwise].map(({ s, q }) => moved(motion, s, axisAt(bone, s) + q * radiusAt(bone, s)))
  })
}

/** What `undo` undoes. */
function moved(motion: Motion | undefined, s: number, t: number): { s: number; t: number } {
  if (!motion) return { s, t }
  const u = s - motion.s
  const v = t - motion.t
  const cos = Math.cos(motion.angle)
  const sin = Math.sin(motion.angle)
  return { s: motion.s + motion.ds + cos * u - sin * v, t: motion.t + motion.dt + sin * u + cos * v }
}
