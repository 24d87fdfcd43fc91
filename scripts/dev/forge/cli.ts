/** `npm run forge -- test --match-contract RulesTest`: forge with this repository's solc and settings. */
import { runForge } from "./forge.ts";

process.exitCode = await runForge(process.argv.slice(2));
