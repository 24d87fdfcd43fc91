import { setFlagsFromString } from "node:v8";

/**
 * Keeps the process small, at the cost of some speed: most of the time it waits, and some commands do so for months. What memory a
 * burst of work has taken is given back. Call it before anything large is loaded.
 */
export function keepSmall(): void {
  setFlagsFromString("--optimize-for-size");
}
