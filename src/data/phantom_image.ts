/**
 * One radiograph of a forearm that exists nowhere. A patient is (seed, index); with and without a
 * fracture it is the same limb in the same pose, so that nothing but the break tells the classes
 * apart.
 */
import { Purpose, Random } from "../tensor/random.ts"
import { type Bone, boneAttenuation } from "./phantom_bone.ts"
import {
  brokenAttenuation,
  brokenEdges,
  drawFracture,
  type Fracture,
  type FractureType,
  swellingAttenuation,
} from "./phantom_fracture.ts"
import { drawImaging, expose, placeMarker } from "./phantom_imaging.ts"
import { drawLimb, type Limb, ovalAttenuation, softAttenuation } from "./phantom_limb.ts"
import { valueNoise } from "./phantom_texture.ts"

interface PhantomImage {
  /** Gray values 0..255, [size, size], row by row. */
  pixels: Uint8Array
  /** Centre of the fracture in pixels, x to the right, y down; null in whole bones. */
  centre: Point | null
  type: FractureType | null
}

/** A place in the image, in pixels: x to the right, y down, (0, 0) the upper left corner. */
export interface Point {
  x: number
  y: number
}

/** How the limb lies: (s, t) = zoom and turn of (x, y), seen from (x0, y0). */
interface Pose {
  angle: number
  zoom: number
  mirrored: boolean
  x0: number
  y0: number
}

interface Patient {
  seed: number
  index: number
  /** Width and height of the image, in pixels. */
  size: number
  fracture: FractureType | null
}

/** A stream a part: drawing a fracture must not shift what the rest draws. */
const stream = ({ seed, index }: Patient, part: number) => new Random(seed, Purpose.phantom, index * 8 + part)

/** One radiograph of patient `index`; the same arguments draw the same pixels. */
export function phantomImage(patient: Patient): PhantomImage {
  const { size, fracture: type } = patient
  const { limb, pose, broken } = drawPatient(patient)
  const imaging = drawImaging(stream(patient, 2))
  const map = attenuationMap(size, limb, pose, broken, stream(patient, 4))
  placeMarker(map, size, imaging)
  const pixels = expose(map, size, imaging, stream(patient, 5))
  return { pixels, type, centre: broken && toPixels(pose, broken.fracture.s, broken.fracture.t, size) }
}

/**
 * Points along the broken edges that `phantomImage` draws, without drawing them; none in whole
 * bones.
 */
export function phantomFracture(patient: Patient): Point[] {
  const { pose, broken } = drawPatient(patient)
  if (!broken) return []
  return brokenEdges(broken.bone, broken.fracture).map(({ s, t }) => toPixels(pose, s, t, patient.size))
}

function drawPatient(patient: Patient): { limb: Limb; pose: Pose; broken: Broken | null } {
  const limb = drawLimb(stream(patient, 0))
  const pose = drawPose(stream(patient, 1))
  const { fracture } = patient
  return { limb, pose, broken: fracture && breakBone(stream(patient, 3), fracture, limb) }
}

function drawPose(random: Random): Pose {
  const upsideDown = random.uniform() < 0.5 ? Math.PI : 0
  return {
    angle: upsideDown - Math.PI / 2 + random.uniform(-0.25, 0.25),
    zoom: random.uniform(0.88, 1.12),
    mirrored: random.uniform() < 0.5,
    x0: 0.5 + random.uniform(-0.06, 0.06),
    y0: 0.5 + random.uniform(-0.06, 0.06),
  }
}

interface Broken {
  bone: Bone
  fracture: Fracture
}

/** Breaks one of the long bones, in view and clear of its end. */
function breakBone(random: Random, type: FractureType, limb: Limb): Broken {
  const bone = limb.bones[random.integer(2)]
  const s = random.uniform(-0.23, Math.min(0.23, bone.end - 0.24))
  return { bone, fracture: drawFracture(random, type, bone, s) }
}

/** Line integrals of attenuation at the centres of the pixels, [size, size]. */
function attenuationMap(size: number, limb: Limb, pose: Pose, broken: Broken | null, random: Random): Float32Array {
  const grain = valueNoise(random)
  const muscle = valueNoise(random)
  const map = new Float32Array(size * size)
  const cos = Math.cos(pose.angle) / pose.zoom
  const sin = Math.sin(pose.angle) / pose.zoom
  for (let k = 0; k < map.length; k++) {
    const u = ((k % size) + 0.5) / size - pose.x0
    const v = (Math.floor(k / size) + 0.5) / size - pose.y0
    const s = cos * u + sin * v
    const t = (cos * v - sin * u) * (pose.mirrored ? -1 : 1)
    const soft = softAttenuation(limb, s, t, muscle)
    if (soft === 0) continue
    let bones = ovalAttenuation(limb, s, t, grain)
    for (const bone of limb.bones) {
      if (bone === broken?.bone) bones += brokenAttenuation(bone, broken.fracture, s, t, grain)
      else bones += boneAttenuation(bone, s, t, grain)
    }
    if (broken) bones += swellingAttenuation(broken.fracture, { s, t })
    map[k] = soft + bones
  }
  return map
}

/** Where (s, t) lies in the image. */
function toPixels(pose: Pose, s: number, t: number, size: number): Point {
  const across = pose.mirrored ? -t : t
  const x = pose.x0 + pose.zoom * (Math.cos(pose.angle) * s - Math.sin(pose.angle) * across)
  const y = pose.y0 + pose.zoom * (Math.sin(pose.angle) * s + Math.cos(pose.angle) * across)
  return { x: x * size, y: y * size }
}
