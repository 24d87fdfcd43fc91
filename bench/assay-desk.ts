import type { Agent } from "@assay/agent";
import { STATEMENT_TYPES } from "@assay/protocol";
import { id, MaxUint256, Wallet, ZeroHash } from "ethers";
import { gasOf, type Population } from "../scripts/dev/gas/population.ts";
import type { Chain } from "./chain.ts";
import { claimText } from "./claim.ts";
import { mean, measured, type Row } from "./rows.ts";

const SYSTEM = "Assay";
const TOKEN = 10n ** 18n;
const DOMAIN = 1;
/** The least that a domain of the default parameters asks for. */
const BOND = 36n * TOKEN;
const PLEDGE = 500n * TOKEN;
const REPEATS = 3;
/** Epochs from the one in which a question is asked to the one in which its verdict is final, and in which windows are over. */
const EPOCHS_TO_VERDICT = 4;

const outcome = 1;

/** What it takes to be a member; approving the vault once is part of it. */
async function join({ contracts, joining, connection }: Population): Promise<Row> {
  const newcomer = Wallet.createRandom(connection.ethers.provider);
  await connection.networkHelpers.setBalance(newcomer.address, 10n ** 21n);
  const { vault, token } = contracts;
  const approve = await gasOf(token.connect(newcomer).approve(await vault.getAddress(), MaxUint256));
  const steps = [joining.register, joining.deposit, joining.enroll, joining.allocate];
  const gas = Number(approve) + steps.reduce((total, step) => total + mean(step.slice(1).map(Number)), 0);
  return measured("join", SYSTEM, gas, "approve, register (an ERC-8004 identity), deposit, enroll and allocate");
}

/**
 * The doors to a verdict, with claims of 100 bytes, by accounts that have used them before. One of each is made unmeasured.
 * @param liveEpoch lets an epoch go by in which everybody votes
 */
export async function measureDesk(
  chain: Chain,
  population: Population,
  liveEpoch: () => Promise<void>,
): Promise<Row[]> {
  const { contracts, agents, wallets, connection } = population;
  const { claims, token, vault } = contracts;
  const [asserter, rival] = (await chain.voters(2)) as [Wallet, Wallet];
  for (const account of [asserter, rival]) {
    await token.connect(account).faucet();
    await token.connect(account).approve(await vault.getAddress(), MaxUint256);
  }
  const author = agents[0] as Agent;
  const owner = wallets[0] as Wallet;
  const signer = Wallet.createRandom();
  // Beside the stake it has allocated, so that it keeps all its seats.
  await vault.connect(owner).deposit(author.agentId, PLEDGE);
  await vault.connect(owner).pledge(author.agentId, PLEDGE);
  await claims.connect(owner).addSigner(author.agentId, signer.address);
  const { chainId } = await connection.ethers.provider.getNetwork();
  const eip712 = { name: "Assay", version: "1", chainId, verifyingContract: await claims.getAddress() };

  const gas = { ask: [], assert: [], dispute: [], challenge: [], stood: [], closed: [] } as Record<string, number[]>;
  const spend = async (what: string, sending: Parameters<typeof gasOf>[0]) => {
    gas[what]?.push(Number(await gasOf(sending)));
  };
  let made = 0;
  const assert = async () => {
    const text = claimText(made++);
    const contentHash = id(text);
    await spend("assert", claims.connect(asserter).assertClaim(DOMAIN, outcome, contentHash, text, BOND, ZeroHash));
    return { domainId: DOMAIN, outcome, contentHash, asserter: asserter.address, bond: BOND, salt: ZeroHash };
  };
  const undisputed = [];
  const disputed = [];
  for (let i = 0; i <= REPEATS; i++) {
    const question = claimText(made++);
    await spend("ask", claims.connect(rival).ask(DOMAIN, id(question), question, 0, ZeroHash, ZeroHash));
    undisputed.push(await assert());
    const contested = await assert();
    await spend("dispute", claims.connect(rival).dispute(contested, ""));
    disputed.push(contested);
    const text = claimText(made++);
    const contentHash = id(text);
    const statement = {
      agentId: author.agentId,
      domainId: DOMAIN,
      outcome,
      contentHash,
      bond: BOND,
      expiry: 4_000_000_000,
      nonce: i,
    };
    const signature = await signer.signTypedData(eip712, { Statement: [...STATEMENT_TYPES.Statement] }, statement);
    await spend("challenge", claims.connect(rival).challenge(statement, signature, text));
  }
  for (let epoch = 0; epoch < EPOCHS_TO_VERDICT; epoch++) await liveEpoch();
  for (const assertion of undisputed) await spend("stood", claims.connect(rival).resolve(assertion));
  for (const assertion of disputed) await spend("closed", claims.connect(rival).resolve(assertion));

  const of = (what: string) => mean((gas[what] ?? []).slice(1));
  return [
    await join(population),
    measured("ask", SYSTEM, of("ask"), "ask, with the fee of nine seats"),
    measured("assert", SYSTEM, of("assert"), "assertClaim"),
    measured("settle undisputed", SYSTEM, of("stood"), "resolve; to collect is a call more, for any number of them"),
    measured("dispute", SYSTEM, of("dispute"), "dispute, which asks a committee of nine seats and pays it"),
    measured(
      "settle disputed",
      SYSTEM,
      of("closed"),
      "resolve, after the voters' beats have finalized the question; to collect is a call more",
    ),
    measured("attest", SYSTEM, 0, "a statement signed off chain (EIP-712), backed by a pledge that stands already"),
    measured(
      "challenge",
      SYSTEM,
      of("challenge"),
      "challenge, which brings a signed statement on chain and asks a committee",
    ),
  ];
}
