/** Writes `src/generated/`: the contracts' ABIs, from the artifacts of `npm run compile`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { ABI_FILES, renderAbi } from "./abi-files.ts";

const FOLDER = fileURLToPath(new URL("../src/generated", import.meta.url));

mkdirSync(FOLDER, { recursive: true });
for (const [contract, file] of Object.entries(ABI_FILES)) writeFileSync(join(FOLDER, file), renderAbi(contract));
