/** One ES module by esbuild, without blanks. */
export interface EsModule {
  /** An absolute path. */
  readonly file: string;
  readonly text: string;
  /** Of its static imports. */
  readonly specifiers: readonly string[];
}

/** The CommonJS of each of `files`, by path. */
export function commonJs(files: readonly EsModule[]): Promise<ReadonlyMap<string, string>>;
