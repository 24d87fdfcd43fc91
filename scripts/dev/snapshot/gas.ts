import { network } from "hardhat";
import { panelLoader } from "../../../test/kit/panel.ts";
import { TOKEN } from "../../../test/kit/world.ts";
import { callClaims } from "./claims-calls.ts";
import { callConsensus } from "./consensus-calls.ts";
import { type GasSnapshot, GasRecorder } from "./recorder.ts";
import { callRegistry } from "./registry-calls.ts";
import { callVault } from "./vault-calls.ts";

/** A fixed day, so that nothing depends on when the scenario is run. */
const START = "2030-01-01T00:00:00Z";

/**
 * Gas of every external function of the protocol's contracts, by one fixed scenario of three agents. Views are called in a
 * transaction of their own: the 21,000 of a transaction and its calldata are in every figure.
 * @param artifacts folder of the build to measure
 */
export async function gasSnapshot(artifacts: string): Promise<GasSnapshot> {
  const connection = await network.create({ network: "default", override: { initialDate: START } });
  // Two seats of three decide, and cannot share the fees without a rest, so that there is dust to sweep.
  const domain = { supermajorityBps: 6_000, seatFee: TOKEN + 1n };
  const panel = await panelLoader(connection, { artifacts, domains: [domain, {}] })();
  const recorder = new GasRecorder(connection, panel.contracts);
  await callConsensus(panel, recorder);
  await callClaims(panel, recorder);
  await callVault(panel, recorder);
  await callRegistry(panel, recorder);
  return recorder.snapshot();
}
