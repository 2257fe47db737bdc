/** What each kind of layer does, in a sentence or two, and the page that says it in full. */

interface LayerText {
  text: string
  /** In docs/, without its ending. */
  page: string
}

const TEXTS: Record<string, LayerText> = {
  Conv2d: {
    text: "Each channel is one filter, slid over all channels before it: bright where the picture under it looks like the filter. The first layer of the network small begins with edges in eight directions; other filters begin as noise, and training turns some of them into edges and spots.",
    page: "conv2d",
  },
  BatchNorm2d: {
    text: "Brings each channel to mean 0 and spread 1 over the images, then to a mean and spread that are learned. It changes no shape; it keeps the steps of training of one size.",
    page: "batch_norm2d",
  },
  ReLU: {
    text: "What is below 0 becomes 0. Without such a bend all layers together could do no more than one.",
    page: "activations",
  },
  MaxPool2d: {
    text: "Keeps the highest of each 2 x 2 pixels: a quarter of the picture is left, and a filter's find may lie a pixel further.",
    page: "max_pool2d",
  },
  AvgPool2d: {
    text: "The mean of each 2 x 2 pixels: a quarter of the picture is left, and faint finds side by side count as much as a strong one.",
    page: "avg_pool2d",
  },
  Flatten: { text: "All numbers in one row. Nothing is computed.", page: "reshape" },
  Dense: {
    text: "A weighted sum of all numbers before it. The last one gives the logit: above 0 says fractured.",
    page: "dense",
  },
  Dropout: {
    text: "In training half of the numbers are left out at random; here, where it only looks, none.",
    page: "dropout",
  },
}

/** @param kind the layer's class */
export const layerText = (kind: string): LayerText => TEXTS[kind] ?? { text: "", page: "networks" }
