import { optional } from "@assay/sdk";
import { formatEther, parseEther, toQuantity } from "ethers";
import type { Commands } from "../lib/command.ts";
import { isLocalChain } from "../lib/endpoint.ts";
import { fail, messageOf } from "../lib/errors.ts";
import type { CommonOptions, Session } from "../lib/session.ts";

/** Ether that an account of a local chain is topped up to. */
const LOCAL_ETHER = parseEther("100");

/** `assay faucet` */
export function addFaucet(commands: Commands): void {
  commands.sender<CommonOptions, []>(
    {
      name: "faucet",
      summary: "Takes test tokens, once a day; on a local chain ether for gas too",
      example: "--from owner",
    },
    async (session) => {
      const { account, assay, tokens } = session;
      const availableAt = await assay.read(optional(assay.token.faucetAvailableAt.request(account)));
      if (availableAt === null) fail(`the stake token ${assay.addresses.token} has no faucet: it is no test token`);
      const ether = await giveEther(session);
      const { amount } = await session.sender.act({ title: "take test tokens" }, assay.token.faucet, undefined);
      const lines = [
        ...(ether === 0n ? [] : [`${account} received ${formatEther(ether)} ETH for gas`]),
        `${account} received ${tokens(amount)}`,
      ];
      return { lines, data: { account, amount, ether }, next: ["agent register"] };
    },
  );
}

/** Fills an account's ether up on a development node. @returns wei given */
async function giveEther({ account, endpoint }: Session): Promise<bigint> {
  const { chainId, provider } = endpoint;
  const balance = await provider.getBalance(account);
  if (!isLocalChain(chainId) || balance >= LOCAL_ETHER / 2n) return 0n;
  const failures: string[] = [];
  for (const method of ["hardhat_setBalance", "anvil_setBalance"]) {
    try {
      await provider.send(method, [account, toQuantity(LOCAL_ETHER)]);
      return LOCAL_ETHER - balance;
    } catch (error) {
      failures.push(messageOf(error));
    }
  }
  if (balance > 0n) return 0n;
  return fail(`the node gives no ether (${failures.join("; ")}): send some to ${account}`);
}
