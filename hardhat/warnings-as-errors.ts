import type { HardhatPlugin } from "hardhat/types/plugins";
import type { CompilerOutputError } from "hardhat/types/solidity";

/** solc's codes for "contract code size exceeds 24576 bytes" and its initcode twin. */
const SIZE_WARNINGS = new Set(["5574", "3860"]);

/** solc's standard JSON says where, which Hardhat's type leaves out. */
export type CompilerMessage = CompilerOutputError & { sourceLocation?: { file: string } };

/** Sources that never leave an in-process chain, so that their size does not matter. */
const TEST_SOURCES = /^project\/(contracts\/test|test)\//;

/**
 * What becomes of one of the compiler's messages: warnings in the project's own sources turn into errors.
 *
 * The limit on code size counts for what is deployed: contracts built through the IR, as the `production` profile does;
 * elsewhere the warning is dropped.
 *
 * @returns undefined when the message is to be dropped
 */
export function judge(message: CompilerMessage, viaIR: boolean): CompilerMessage | undefined {
  const file = message.sourceLocation?.file ?? "";
  if (message.severity !== "warning" || !file.startsWith("project/")) return message;
  if (SIZE_WARNINGS.has(message.errorCode ?? "") && (!viaIR || TEST_SOURCES.test(file))) return undefined;
  // Hardhat 3.17 disregards the severity while the type is "Warning", so that hardhat-ignore-warnings 0.3 fails nothing.
  const formattedMessage = message.formattedMessage?.replace(/^Warning/, "Error (a warning, as an error)");
  return { ...message, type: "Error", severity: "error", formattedMessage };
}

/** Fails the build for any compiler warning in the project's own sources; warnings in npm packages stay warnings. */
const warningsAsErrors: HardhatPlugin = {
  id: "assay-warnings-as-errors",
  hookHandlers: {
    solidity: async () => ({
      default: async () => ({
        async invokeSolc(context, compiler, solcInput, solcConfig, next) {
          const output = await next(context, compiler, solcInput, solcConfig);
          const viaIR = solcInput.settings.viaIR === true;
          const errors = output.errors?.map((error) => judge(error, viaIR)).filter((error) => error !== undefined);
          return { ...output, errors };
        },
      }),
    }),
  },
};

export default warningsAsErrors;
