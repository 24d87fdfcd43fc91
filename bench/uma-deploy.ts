import { type Contract, encodeBytes32String, MaxUint256, type Wallet, ZeroAddress } from "ethers";
import { type Chain, gasOf, send } from "./chain.ts";
import { loadPeerArtifact } from "./packages.ts";

const CONTRACTS = "@uma/contracts-node/dist/packages/core/artifacts/contracts";
const DVM = `${CONTRACTS}/data-verification-mechanism/implementation`;
const COMMON = `${CONTRACTS}/common/implementation`;
const artifact = (folder: string, name: string) => loadPeerArtifact(`${folder}/${name}.sol/${name}.json`);

const TOKEN = 10n ** 18n;
const STAKE = 1_000_000n * TOKEN;
const VOTERS = 100;

/** Seconds of a commit or reveal phase. */
export const PHASE = 86_400;
/** Seconds until an assertion that nobody disputed can be settled. */
export const LIVENESS = 7_200;
export const IDENTIFIER = encodeBytes32String("ASSERT_TRUTH");

export interface Uma {
  readonly oracle: Contract;
  readonly voting: Contract;
  /** Of the bonds. */
  readonly currency: Contract;
  /** All have staked, and let the oracle take their bonds. */
  readonly voters: readonly Wallet[];
  /** Gas of each voter's approval and stake. */
  readonly joining: readonly number[];
}

/** The voting system, with mainnet's parameters where there are any. */
async function deployVoting(chain: Chain, finder: Contract, votingToken: Contract): Promise<Contract> {
  const slashing = await chain.deploy(artifact(DVM, "FixedSlashSlashingLibrary"), TOKEN / 1_000n, 0);
  return chain.deploy(
    artifact(DVM, "VotingV2"),
    (18n * TOKEN) / 100n, // emission a second
    7 * 86_400, // seconds to unstake
    PHASE,
    4, // rounds a request may be put off
    1_000, // requests a round
    5_000_000n * TOKEN, // tokens that must vote
    (65n * TOKEN) / 100n, // share of the stake that must agree
    votingToken.target,
    finder.target,
    slashing.target,
    ZeroAddress,
  );
}

/** Optimistic oracle and voting, wired as on mainnet, with a hundred voters. */
export async function deployUma(chain: Chain): Promise<Uma> {
  const { deployer } = chain;
  const governor = await deployer.getAddress();
  const finder = await chain.deploy(artifact(DVM, "Finder"));
  const votingToken = await chain.deploy(artifact(DVM, "VotingToken"));
  await send(deployer, votingToken, "addMinter", [governor]);
  await send(deployer, votingToken, "mint", [governor, 2n * STAKE * BigInt(VOTERS)]);
  const voting = await deployVoting(chain, finder, votingToken);
  const currency = await chain.deploy(artifact(COMMON, "TestnetERC20"), "Bond", "BOND", 18);
  const store = await chain.deploy(artifact(DVM, "Store"), [0], [0], ZeroAddress);
  const registry = await chain.deploy(artifact(DVM, "Registry"));
  const identifiers = await chain.deploy(artifact(DVM, "IdentifierWhitelist"));
  const collateral = await chain.deploy(artifact(COMMON, "AddressWhitelist"));
  const implementations = {
    Oracle: voting,
    Store: store,
    Registry: registry,
    IdentifierWhitelist: identifiers,
    CollateralWhitelist: collateral,
  };
  for (const [name, { target }] of Object.entries(implementations)) {
    await send(deployer, finder, "changeImplementationAddress", [encodeBytes32String(name), target]);
  }
  await send(deployer, identifiers, "addSupportedIdentifier", [IDENTIFIER]);
  await send(deployer, collateral, "addToWhitelist", [currency.target]);
  await send(deployer, store, "setFinalFee", [currency.target, [50n * TOKEN]]);
  const oracle = await chain.deploy(
    artifact(`${CONTRACTS}/optimistic-oracle-v3/implementation`, "OptimisticOracleV3"),
    finder.target,
    currency.target,
    LIVENESS,
  );
  await send(deployer, registry, "addMember", [1, governor]); // may register contracts
  for (const requester of [oracle.target, governor]) {
    await send(deployer, registry, "registerContract", [[], requester]);
  }

  const voters = await chain.voters(VOTERS);
  const joining: number[] = [];
  for (const voter of voters) {
    await send(deployer, votingToken, "transfer", [voter.address, STAKE]);
    const approve = await gasOf(voter, votingToken, "approve", [voting.target, MaxUint256]);
    joining.push(approve + (await gasOf(voter, voting, "stake", [STAKE])));
    await send(deployer, currency, "allocateTo", [voter.address, STAKE]);
    await send(voter, currency, "approve", [oracle.target, MaxUint256]);
  }
  return { oracle, voting, currency, voters, joining };
}
