import type { Result } from "ethers";

/** What a view has returned, in order, as chai compares it. */
export function values(result: readonly unknown[]): unknown[] {
  return [...result];
}

/** What a view has returned, by name; nested results included. */
export function fields(result: readonly unknown[]): Record<string, unknown> {
  return (result as Result).toObject(true);
}
