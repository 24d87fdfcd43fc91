import { runScript } from "./lib/script.ts";

await runScript(
  {
    name: "faucet",
    summary: "Takes test tokens from AssayToken's faucet, once a day and account",
    example: "--network sepolia",
  },
  async ({ account, assay, sender, tokens }) => {
    await sender.send("take tokens from the faucet", assay.token.faucet());
    const balance = await assay.token.balance(account.address);
    return {
      lines: [`${account.address} has ${tokens(balance)}`],
      data: { account: account.address, balance },
      next: ["register-agent"],
    };
  },
);
