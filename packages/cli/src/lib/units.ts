import type { TokenTerms } from "@assay/sdk";
import { formatUnits, parseUnits } from "ethers";
import { fail } from "./errors.ts";

/** Amounts of the stake token, as users write and read them. */
export interface TokenUnits {
  /** Wei of an amount of tokens. @throws CliError `BAD_INPUT` on too many decimals */
  readonly amount: (text: string) => bigint;
  /** Tokens of an amount of wei, as an option takes them. */
  readonly plain: (wei: bigint) => string;
  /** Tokens of an amount of wei, with the token's symbol. */
  readonly tokens: (wei: bigint) => string;
}

/** How amounts of a token are written. */
export function tokenUnits({ symbol, decimals }: TokenTerms): TokenUnits {
  const plain = (wei: bigint) => formatUnits(wei, decimals).replace(/\.0$/, "");
  return {
    amount: (text) => {
      if ((text.split(".")[1]?.length ?? 0) > decimals)
        fail(`${text} has more than the ${decimals} decimals of ${symbol}`);
      return parseUnits(text, decimals);
    },
    plain,
    tokens: (wei) => `${plain(wei)} ${symbol}`,
  };
}
