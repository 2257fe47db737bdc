// The package's `main` cannot be imported as an ES module, its module build has no types beside it.
declare module "wgsl_reflect/wgsl_reflect.module.js" {
  export { detectRaces, WgslReflect } from "wgsl_reflect"
}
