import { id, ZeroAddress, ZeroHash } from "ethers";
import { type Chain, eventsOf, gasOf, read, send } from "./chain.ts";
import { loadPeerArtifact } from "./packages.ts";
import { mean, measured, type Row } from "./rows.ts";

const SYSTEM = "EAS 1.4";
const FOLDER = "@ethereum-attestation-service/eas-contracts/artifacts/contracts";
const SCHEMA = "bytes32 contentHash";
const BATCH = 50;
const REPEATS = 3;

/** Attests 32 bytes about somebody, alone and in batches. */
export async function measureEas(chain: Chain): Promise<Row[]> {
  const registry = await chain.deploy(loadPeerArtifact(`${FOLDER}/SchemaRegistry.sol/SchemaRegistry.json`));
  const eas = await chain.deploy(loadPeerArtifact(`${FOLDER}/EAS.sol/EAS.json`), registry.target);
  const [attester, subject] = await chain.voters(2);
  if (attester === undefined || subject === undefined) throw new Error("too few accounts");
  const registered = await send(attester, registry, "register", [SCHEMA, ZeroAddress, true]);
  const schema = eventsOf(registry, registered, "Registered")[0]?.uid as string;

  let count = 0;
  const attestation = () => ({
    recipient: subject.address,
    expirationTime: 0,
    revocable: true,
    refUID: ZeroHash,
    data: id(`content ${count++}`),
    value: 0,
  });
  const alone: number[] = [];
  const batched: number[] = [];
  for (let i = 0; i <= REPEATS; i++) {
    const receipt = await send(attester, eas, "attest", [{ schema, data: attestation() }]);
    const uid = eventsOf(eas, receipt, "Attested")[0]?.uid as string;
    if (!(await read<boolean>(eas, "isAttestationValid", uid))) throw new Error("the attestation is not valid");
    const data = Array.from({ length: BATCH }, attestation);
    const batch = await gasOf(attester, eas, "multiAttest", [[{ schema, data }]]);
    if (i === 0) continue;
    alone.push(Number(receipt.gasUsed));
    batched.push(batch / BATCH);
  }
  return [
    measured("attest", SYSTEM, mean(alone), "attest, 32 bytes of data, on chain; nothing is staked on it"),
    measured(
      "attest",
      `${SYSTEM}, 1 of ${BATCH}`,
      mean(batched),
      `multiAttest of ${BATCH} attestations of 32 bytes, divided by ${BATCH}`,
    ),
    measured(
      "attest",
      `${SYSTEM}, off chain`,
      0,
      "an attestation signed off chain; nothing is staked on it, and nobody can be made to judge it",
    ),
  ];
}
