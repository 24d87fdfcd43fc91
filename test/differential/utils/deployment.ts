import { deployProtocol } from "@assay/agent";
import { bindContracts, type Contracts } from "@assay/sdk";
import type { HardhatEthers, HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

export const EPOCH_LENGTH = 30;

/** The contracts as they are deployed, without a domain or an agent. */
export async function deploy(ethers: HardhatEthers): Promise<Contracts & { readonly genesis: number }> {
  const [deployer, sink] = (await ethers.getSigners()) as [HardhatEthersSigner, HardhatEthersSigner];
  const genesis = (await ethers.provider.getBlock("latest"))?.timestamp ?? 0;
  const options = { sink: sink.address, genesis, epochLength: EPOCH_LENGTH, salt: ethers.ZeroHash };
  const { addresses } = await deployProtocol(deployer, options);
  return { ...bindContracts(addresses, deployer), genesis };
}
