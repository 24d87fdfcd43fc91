import { runScript } from "./lib/script.ts";

await runScript(
  {
    name: "faucet",
    summary: "Takes test tokens from AssayToken's faucet, once a day and account",
    example: "--network sepolia",
  },
  async ({ account, contracts, sender, tokens }) => {
    const { token } = contracts;
    await sender.send("take tokens from the faucet", token.faucet());
    const balance = await token.balanceOf(account.address);
    return {
      lines: [`${account.address} has ${tokens(balance)}`],
      data: { account: account.address, balance },
      next: ["register-agent"],
    };
  },
);
