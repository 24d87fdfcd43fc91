import { ensureFoundry } from "./foundry.ts";

/** The path of anvil, installed on first use; null where there is none for this platform, or the install fails. */
export function findAnvil(): string | null {
  try {
    return ensureFoundry("anvil");
  } catch (error) {
    console.error(`anvil: ${(error as Error).message}`);
    return null;
  }
}

/** Why tests that need anvil are left out. */
export const NO_ANVIL = "anvil could not be installed: set ANVIL to its path";

/** The command of an anvil that mines when it is told to or when something is sent, given a port. */
export function anvilNode(anvil: string): (port: number) => [string, ...string[]] {
  // The default profile's contracts are larger than the limit that production holds them to.
  return (port) => [anvil, "--port", String(port), "--silent", "--disable-code-size-limit"];
}
