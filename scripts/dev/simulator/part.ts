/** One of the things that `npm run bench:simulator` measures. */
export interface Part<T> {
  /** @param say tells what is being done */
  readonly measure: (say: (line: string) => void) => Promise<T>;
  /** Markdown. */
  readonly describe: (measured: T) => string;
  /** What is not as it must be. */
  readonly faults: (measured: T) => readonly string[];
}

export function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
