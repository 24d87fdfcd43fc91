import { MaxUint256, Signature } from "ethers";
import type { Context } from "../context.ts";
import type { Address } from "../protocol.ts";
import { joinReads, mapRead, optional, view } from "../reads.ts";
import { type Allowance, requireSigner } from "../writes.ts";

/** An ERC-2612 permit for the vault, as `depositWithPermit` takes it. */
export interface Permit {
  /** Wei. */
  readonly amount: bigint;
  /** Unix seconds. */
  readonly deadline: bigint;
  readonly signature: Signature;
}

/** Types of an ERC-2612 permit. */
const PERMIT_TYPES = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

/** How long a permit is valid unless told, seconds. */
const PERMIT_PERIOD = 3_600n;

/** The stake token: balances, the vault's allowance, and the faucet of the test token. */
export function tokenActions(context: Context) {
  const { addresses } = context;
  const balance = context.read((account: string) => view("token", "balanceOf", [account as Address]));
  const allowance = context.read((account: string) =>
    view("token", "allowance", [account as Address, addresses.vault as Address]),
  );
  return {
    /** Symbol and decimals, which never change. */
    terms: async () => (await context.terms()).token,
    /** Wei. */
    balance,
    /** What the vault may take from an account, wei. */
    allowance,
    /** When the faucet next gives to an account, unix seconds; 0 for one that never asked. Test tokens only. */
    faucetAvailableAt: context.read((account: string) =>
      mapRead(view("token", "faucetAvailableAt", [account as Address]), Number),
    ),
    /** Lets the vault take `amount` wei from now on, whatever it could take before; without limit unless told. */
    approve: context.write(
      ({ amount = MaxUint256 }: { readonly amount?: bigint }) => ({
        contract: "token",
        name: "approve",
        args: [addresses.vault, amount],
      }),
      (events) => ({ allowance: events.first("token.Approval").value }),
    ),
    /** Takes test tokens, once a day and account; AssayToken only. */
    faucet: context.write(
      (_: void) => ({ contract: "token", name: "faucet", args: [] }),
      (events) => ({ amount: events.first("token.Transfer").value }),
    ),
    /**
     * Signs a permit for the vault, for tokens that have permits (ERC-2612).
     * @param amount wei
     * @param deadline unix seconds; an hour from the latest block unless told
     */
    signPermit: async (amount: bigint, deadline?: bigint): Promise<Permit> => {
      const signer = requireSigner(context.runner);
      const owner = (await signer.getAddress()) as Address;
      const [{ domain, nonce }, until] = await Promise.all([
        readPermitTerms(context, owner),
        deadline ?? context.now().then((now) => now + PERMIT_PERIOD),
      ]);
      const message = { owner, spender: addresses.vault, value: amount, nonce, deadline: until };
      const signature = Signature.from(await signer.signTypedData(domain, PERMIT_TYPES, message));
      return { amount, deadline: until, signature };
    },
  };
}

/** What the vault may take, for the actions that pay. */
export function vaultAllowance(context: Context, token: ReturnType<typeof tokenActions>): Allowance {
  return {
    read: (account) =>
      context.reader.read(
        joinReads({ balance: token.balance.request(account), allowance: token.allowance.request(account) }),
      ),
    approve: (amount) => token.approve({ amount }),
  };
}

/** EIP-712 domain of the token, and the next nonce of an owner. Tokens that do not tell their domain have version "1". */
async function readPermitTerms(context: Context, owner: Address) {
  const { addresses, reader } = context;
  const [{ chainId }, { described, name, nonce }] = await Promise.all([
    context.terms(),
    reader.read(
      joinReads({
        described: optional(view("token", "eip712Domain", [])),
        name: view("token", "name", []),
        nonce: view("token", "nonces", [owner]),
      }),
    ),
  ]);
  const { version } = described ?? { version: "1" };
  return { domain: { name: described?.name ?? name, version, chainId, verifyingContract: addresses.token }, nonce };
}
