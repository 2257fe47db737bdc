/**
 * "#shaders": the text of every kernel by its name, in the module that the build writes
 * (write_shader_texts.ts).
 */
export declare const SHADERS: Readonly<Record<string, string>>
