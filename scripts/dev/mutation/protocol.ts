/** What a worker and whoever started it say to each other. */

/** Exit status of a worker whose tests have taken too much memory. */
export const MEMORY_EXIT = 86;

/** Files to run in this order, until a test fails unless `all` is set. */
export interface Request {
  readonly files: readonly {
    /** Path from the root of the project. */
    readonly file: string;
    /** Keys of the tests to run; all unless told. */
    readonly tests?: readonly string[];
    /** Milliseconds that a test has, by key. */
    readonly limits?: Readonly<Record<string, number>>;
  }[];
  readonly all?: boolean;
  /** Number of the guarded mutant that is on; none unless told. */
  readonly number?: number;
}

export interface FileResult {
  readonly file: string;
  /** The first failure. */
  readonly failed: { readonly test: string; readonly message: string } | null;
  readonly failures: Readonly<Record<string, string>>;
  /** Milliseconds of each test that passed. */
  readonly passed: Readonly<Record<string, number>>;
  /** Milliseconds until the first test could start. */
  readonly loading: number;
  /** Where coverage is on: what each test reached. */
  readonly reached?: Readonly<Record<string, Reached>>;
}

/** Tags of the statements that a test reached. */
export interface Reached {
  readonly own: readonly string[];
  /** Through fixtures, which may have been set up by an earlier test. */
  readonly fixtures: readonly string[];
}

export interface Progress {
  readonly ready?: true;
  readonly running?: string;
  readonly result?: FileResult;
  readonly done?: true;
  /** Bytes. */
  readonly memory?: number;
}
