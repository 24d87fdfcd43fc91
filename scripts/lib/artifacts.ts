import { fromRoot } from "./paths.ts";

/** Compiles what the default profile has not compiled yet, without the tests in Solidity. */
export async function compileContracts(): Promise<void> {
  process.env.HARDHAT_CONFIG ??= fromRoot("hardhat.config.ts");
  const { tasks } = await import("hardhat");
  await tasks.getTask("build").run({ quiet: true, noTests: true });
}
