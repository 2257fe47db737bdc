/**
 * The layers of this program: those that src/layers/index.ts exports. One without a descriptor does
 * not compile.
 */
import type { AnyDescriptor, LayerDescriptor } from "./descriptor.ts"
import * as exported from "./index.ts"
import type { Module } from "./module.ts"

/** A class of layers that can be made, which `Module` itself cannot. */
type LayerClass = new (...args: never[]) => Module

/** What must be so of the layers among a file's exports. `Sequential` computes nothing itself. */
export type Described<Exports> = {
  [Name in keyof Exports as Exports[Name] extends LayerClass ? Exclude<Name, "Sequential"> : never]: {
    readonly descriptor: LayerDescriptor<Exports[Name] extends LayerClass ? InstanceType<Exports[Name]> : never>
  }
}

const layers: Described<typeof exported> = exported

/** The descriptors of all layers, by the names of their classes. */
export const BUILT_IN: Readonly<Record<string, AnyDescriptor>> = Object.fromEntries(
  Object.entries(layers)
    .filter(([, value]) => Object.hasOwn(value, "descriptor"))
    .map(([name, { descriptor }]) => [name, descriptor]),
)

/** Whether this program made the layer's class. A user's own may claim the same descriptor. */
export const isBuiltIn = (layer: Module): boolean => Object.values<unknown>(exported).includes(layer.constructor)
