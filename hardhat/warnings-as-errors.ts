import type { HardhatPlugin } from "hardhat/types/plugins";
import type { CompilerOutputError } from "hardhat/types/solidity";

/** solc's codes for "contract code size exceeds 24576 bytes" and its initcode twin. */
const SIZE_WARNINGS = new Set(["5574", "3860"]);

/** solc's standard JSON says where, which Hardhat's type leaves out. */
type LocatedError = CompilerOutputError & { sourceLocation?: { file: string } };

/** Sources that never leave an in-process chain, so that their size does not matter. */
const TEST_SOURCES = /^project\/(contracts\/test|test)\//;

/**
 * Fails the build for any compiler warning in the project's own sources.
 *
 * The limit on code size counts for what is deployed: contracts built through the IR, as the `production` profile
 * does; elsewhere the warning is dropped. Warnings inside npm packages stay warnings.
 *
 * `hardhat-ignore-warnings` 0.3 only raises `severity`, which Hardhat 3.17 disregards while `type` is "Warning".
 */
const warningsAsErrors: HardhatPlugin = {
  id: "assay-warnings-as-errors",
  hookHandlers: {
    solidity: async () => ({
      default: async () => ({
        async invokeSolc(context, compiler, solcInput, solcConfig, next) {
          const output = await next(context, compiler, solcInput, solcConfig);
          const deployable = solcInput.settings.viaIR === true;
          const errors = output.errors?.flatMap((error) => {
            const file = (error as LocatedError).sourceLocation?.file ?? "";
            if (error.severity !== "warning" || !file.startsWith("project/")) return [error];
            if (SIZE_WARNINGS.has(error.errorCode ?? "") && (!deployable || TEST_SOURCES.test(file))) return [];
            const formattedMessage = error.formattedMessage?.replace(/^Warning/, "Error (a warning, as an error)");
            return [{ ...error, type: "Error", severity: "error" as const, formattedMessage }];
          });
          return { ...output, errors };
        },
      }),
    }),
  },
};

export default warningsAsErrors;
