import { MULTICALL3 } from "@assay/sdk";
import type { JsonRpcApiProvider, Signer } from "ethers";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** Multicall3 as it is deployed everywhere: viem carries its compiled code, though not among its exports. */
async function creationCode(): Promise<string> {
  const folder = dirname(createRequire(import.meta.url).resolve("viem/package.json"));
  const file = pathToFileURL(join(folder, "_esm", "constants", "contracts.js")).href;
  const { multicall3Bytecode } = (await import(file)) as { multicall3Bytecode: string };
  return multicall3Bytecode;
}

/** Puts Multicall3 at its address on a local chain. @param setCode `hardhat_setCode` or `anvil_setCode` */
export async function installMulticall3(
  signer: Signer,
  provider: Pick<JsonRpcApiProvider, "send" | "getCode">,
  setCode = "hardhat_setCode",
): Promise<void> {
  const sent = await signer.sendTransaction({ data: await creationCode() });
  const receipt = await sent.wait();
  await provider.send(setCode, [MULTICALL3, await provider.getCode(receipt?.contractAddress ?? "")]);
}
