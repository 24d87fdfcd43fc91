/** What every example begins with: a client of the deployment whose Claims is at $CLAIMS, acting with $PRIVATE_KEY through $RPC_URL. */
import { type Assay, connect, discover } from "@assay/sdk";
import { JsonRpcProvider, NonceManager, Wallet } from "ethers";

/** Opens the client, works with it, and closes the connection. */
export async function withAssay(work: (assay: Assay, account: string) => Promise<void>): Promise<void> {
  const { RPC_URL = "http://127.0.0.1:8545", CLAIMS, PRIVATE_KEY } = process.env;
  if (CLAIMS === undefined || PRIVATE_KEY === undefined) throw new Error("set CLAIMS and PRIVATE_KEY");
  // With its cache the provider could show a wallet the nonce of before its last transaction.
  const provider = new JsonRpcProvider(RPC_URL, undefined, { cacheTimeout: -1 });
  try {
    const wallet = new Wallet(PRIVATE_KEY, provider);
    const addresses = await discover(CLAIMS, provider);
    await work(await connect({ addresses, runner: new NonceManager(wallet) }), wallet.address);
  } finally {
    provider.destroy();
  }
}
