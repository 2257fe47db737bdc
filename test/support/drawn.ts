/** The built-in data, all at once. */
export { phantom as phantomDataset } from "../../src/data/phantom.ts"
