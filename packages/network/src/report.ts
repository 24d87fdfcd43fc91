/** Something that happened between peers. */
export interface NetworkHappening {
  readonly level: "debug" | "info" | "warn" | "error";
  /** Stable name, such as `peer-refused`. */
  readonly event: string;
  /** One line for people. */
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Told of whatever happens; must not throw. */
export type NetworkReport = (happening: NetworkHappening) => void;
