/** The commands of `npx cnn`, in the order of its help. */

interface Command {
  name: string
  /** The line in `cnn --help`. */
  summary: string
  /**
   * Loads src/cli/<name>.ts, which exports `command`, a CommandModule of yargs. Only the command
   * that is called is loaded, so that the help comes at once.
   */
  load(): Promise<{ command: object }>
}

/** A new command is a file beside this one and a line here. */
export const COMMANDS: Command[] = [
  {
    name: "train",
    summary: "train and test a network by cross-validation, on the built-in phantom or on images",
    load: () => import("./train.ts"),
  },
  {
    name: "audit",
    summary: "look for copies, wrong labels and shortcuts among images before training on them",
    load: () => import("./audit.ts"),
  },
  {
    name: "compare",
    summary: "test whether the network beats traditional methods, and Adam other optimisers",
    load: () => import("./compare.ts"),
  },
  {
    name: "evaluate",
    summary: "test trained runs on images that they have not seen, against their out-of-fold metrics",
    load: () => import("./evaluate.ts"),
  },
  {
    name: "predict",
    summary: "classify images with a trained run",
    load: () => import("./predict.ts"),
  },
  {
    name: "explain",
    summary: "show which image regions a run's networks used",
    load: () => import("./explain.ts"),
  },
  {
    name: "export",
    summary: "write a run's networks as ONNX, or for PyTorch",
    load: () => import("./export.ts"),
  },
  {
    name: "import",
    summary: "import weights trained in PyTorch",
    load: () => import("./import.ts"),
  },
  {
    name: "serve",
    summary: "open a local page in the browser: classify images, browse a run's errors, train live",
    load: () => import("./serve.ts"),
  },
  {
    name: "report",
    summary: "rebuild a run's report, or compare runs",
    load: () => import("./report.ts"),
  },
  {
    name: "augment",
    summary: "show the random transforms of an image in training",
    load: () => import("./augment.ts"),
  },
  {
    name: "phantom",
    summary: "write the built-in data, drawn radiographs, as PNG files",
    load: () => import("./phantom.ts"),
  },
  {
    name: "summary",
    summary: "show a network's layers, and the memory of a training step",
    load: () => import("./summary.ts"),
  },
  {
    name: "bench",
    summary: "time the kernels, from naive to fast, each verified first",
    load: () => import("./bench.ts"),
  },
  {
    name: "shaders",
    summary: "list the kernels, or print one",
    load: () => import("./shaders.ts"),
  },
  {
    name: "tune",
    summary: "choose kernels by measuring this machine's adapter, each verified first",
    load: () => import("./tune.ts"),
  },
  {
    name: "cache",
    summary: "show, limit or empty the cache folder",
    load: () => import("./cache.ts"),
  },
  {
    name: "doctor",
    summary: "list the adapters of this machine, and what to install",
    load: () => import("./doctor.ts"),
  },
]
