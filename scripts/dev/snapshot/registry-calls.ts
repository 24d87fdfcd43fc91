import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Panel } from "../../../test/kit/panel.ts";
import { rotateWallet } from "../../../test/kit/wallet.ts";
import type { GasRecorder } from "./recorder.ts";

/** Calls every function of AgentRegistry: those of ERC-8004 and those of ERC-721. */
export async function callRegistry(panel: Panel, gas: GasRecorder): Promise<void> {
  const { registry } = panel.contracts;
  const { ethers } = panel.connection;
  const [owner, other] = panel.owners.slice(6) as [HardhatEthersSigner, HardhatEthersSigner];
  const asOwner = registry.connect(owner);
  const agentId = await asOwner["register()"].staticCall();
  const metadata = [{ metadataKey: "model", metadataValue: ethers.toUtf8Bytes("naive bayes") }];
  await gas.note("first of an account", () => asOwner["register()"]());
  await gas.note("another", () => asOwner["register()"]());
  await gas.note("", () => asOwner["register(string)"]("ipfs://agent"));
  await gas.note("", () => asOwner["register(string,(string,bytes)[])"]("ipfs://agent", metadata));
  await gas.note("first", () => asOwner.setAgentURI(agentId, "ipfs://agent"));
  await gas.note("again", () => asOwner.setAgentURI(agentId, "ipfs://other"));
  await gas.note("first", () => asOwner.setMetadata(agentId, "model", ethers.toUtf8Bytes("naive bayes")));
  await gas.note("again", () => asOwner.setMetadata(agentId, "model", ethers.toUtf8Bytes("regression")));
  // The helper's deadline follows the last block's time, which is the same in every run from here on.
  await panel.warpTo((await panel.epoch()) + 1);
  await gas.note("", () => rotateWallet(panel.connection, panel.contracts, agentId, owner, other));

  await gas.view("AgentRegistry", "getMetadata", [agentId, "model"]);
  await gas.view("AgentRegistry", "getAgentWallet", [agentId]);
  await gas.view("AgentRegistry", "isAuthorizedOrOwner", [owner.address, agentId]);
  await gas.view("AgentRegistry", "ownerOf", [agentId]);
  await gas.view("AgentRegistry", "balanceOf", [owner.address]);
  await gas.view("AgentRegistry", "tokenURI", [agentId]);
  await gas.view("AgentRegistry", "supportsInterface", ["0x80ac58cd"]);
  await gas.note("", () => asOwner.unsetAgentWallet(agentId));

  await gas.note("", () => asOwner.approve(other.address, agentId));
  await gas.view("AgentRegistry", "getApproved", [agentId]);
  await gas.note("", () => asOwner.setApprovalForAll(other.address, true));
  await gas.view("AgentRegistry", "isApprovedForAll", [owner.address, other.address]);
  await gas.note("", () => asOwner.transferFrom(owner.address, other.address, agentId));
  const fromOwner = [owner.address, other.address] as const;
  await gas.note("", () => asOwner["safeTransferFrom(address,address,uint256)"](...fromOwner, agentId + 1n));
  await gas.note("", () =>
    asOwner["safeTransferFrom(address,address,uint256,bytes)"](...fromOwner, agentId + 2n, "0x00"),
  );
  await gas.plainViews("AgentRegistry");
}
