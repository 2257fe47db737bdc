// The codecs bring no types; this is what is used of them.
interface CornerstoneCodec {
  getEncodedBuffer(length: number): Uint8Array
  decode(): void
  getDecodedBuffer(): Uint8Array
  delete(): void
}

interface CornerstoneOutput {
  print(): void
  printErr(): void
}

declare module "@cornerstonejs/codec-charls/decodewasmjs" {
  export default function open(options: CornerstoneOutput): Promise<{ JpegLSDecoder: new () => CornerstoneCodec }>
}

declare module "@cornerstonejs/codec-openjpeg/decodewasmjs" {
  export default function open(options: CornerstoneOutput): Promise<{ J2KDecoder: new () => CornerstoneCodec }>
}

declare module "@cornerstonejs/codec-openjph" {
  export default function open(options: CornerstoneOutput): Promise<{ HTJ2KDecoder: new () => CornerstoneCodec }>
}
