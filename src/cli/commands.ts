/** The commands of `npx cnn`, in the order of its help. */

interface Command {
  name: string
  /** The line in `cnn --help`. */
  summary: string
  /**
   * Loads src/cli/<name>.ts, which exports `command`, a CommandModule of yargs. Only the command that is called is
   * loaded, so that the help comes at once.
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
    summary: "say of images what a run's networks make of them",
    load: () => import("./predict.ts"),
  },
  {
    name: "explain",
    summary: "show where a run's networks looked",
    load: () => import("./explain.ts"),
  },
  {
    name: "export",
    summary: "write a run's networks as ONNX, or for PyTorch",
    load: () => import("./export.ts"),
  },
  {
    name: "import",
    summary: "take weights over that were trained in PyTorch",
    load: () => import("./import.ts"),
  },
  {
    name: "serve",
    summary: "open a page in this machine's browser: predict, look at a run's errors, train live",
    load: () => import("./serve.ts"),
  },
  {
    name: "report",
    summary: "write a run's page anew, or set several runs against each other",
    load: () => import("./report.ts"),
  },
  {
    name: "augment",
    summary: "show what training makes of an image",
    load: () => import("./augment.ts"),
  },
  {
    name: "phantom",
    summary: "write the built-in data, drawn radiographs, as PNG files",
    load: () => import("./phantom.ts"),
  },
  {
    name: "bench",
    summary: "time the kernels, from naive to fast, each verified first",
    load: () => import("./bench.ts"),
  },
  {
    name: "shaders",
    summary: "list the kernels, or print one as it is written or compiled",
    load: () => import("./shaders.ts"),
  },
  {
    name: "tune",
    summary: "choose kernels by measuring this machine's adapter, each verified first",
    load: () => import("./tune.ts"),
  },
  {
    name: "cache",
    summary: "show what is kept to save time, limit its size, or remove it",
    load: () => import("./cache.ts"),
  },
  {
    name: "doctor",
    summary: "say which adapters this machine has, and what to install",
    load: () => import("./doctor.ts"),
  },
]
