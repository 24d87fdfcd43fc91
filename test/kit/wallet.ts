import type { Contracts } from "@assay/sdk";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Connection } from "./world.ts";

const TYPES = {
  AgentWalletSet: [
    { name: "agentId", type: "uint256" },
    { name: "newWallet", type: "address" },
    { name: "owner", type: "address" },
    { name: "deadline", type: "uint256" },
  ],
};

/** Makes `wallet` the agentWallet of an agent, with its consent. */
export async function rotateWallet(
  { ethers }: Connection,
  { registry }: Contracts,
  agentId: bigint,
  owner: HardhatEthersSigner,
  wallet: Pick<HardhatEthersSigner, "address" | "signTypedData">,
): Promise<void> {
  const domain = {
    name: "ERC8004IdentityRegistry",
    version: "1",
    chainId: (await ethers.provider.getNetwork()).chainId,
    verifyingContract: await registry.getAddress(),
  };
  const deadline = ((await ethers.provider.getBlock("latest"))?.timestamp ?? 0) + 60;
  const message = { agentId, newWallet: wallet.address, owner: owner.address, deadline };
  const signature = await wallet.signTypedData(domain, TYPES, message);
  await registry.connect(owner).setAgentWallet(agentId, wallet.address, deadline, signature);
}
