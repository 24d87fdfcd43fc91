import assert from "node:assert/strict";
import { it } from "node:test";
import { parseDeployment } from "./deployment.ts";
import { ClientError } from "./errors/assay-error.ts";
import { parseSignedStatement } from "./statement-file.ts";

const address = `0x${"11".repeat(20)}`;
const addresses = { token: address, registry: address, vault: address, consensus: address, claims: address };
const file = {
  ...{ version: "0.1.0", network: "localhost", chainId: 31337, deployer: address, startBlock: 7, complete: true },
  ...{ parameters: { genesis: 5, epochLength: 60, sink: address }, addresses, contracts: {}, sent: {} },
};

const code = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error instanceof ClientError ? error.code : error;
  }
  return null;
};

it("takes what a client needs from a deployment file", () => {
  assert.deepEqual(parseDeployment(file), {
    ...{ network: "localhost", chainId: 31337, startBlock: 7 },
    ...{ parameters: { genesis: 5, epochLength: 60 }, addresses },
  });
});

it("refuses what is no deployment file, and one of a deployment that has broken off", () => {
  const wrong: unknown[] = [null, 3, {}, { ...file, chainId: "1" }, { ...file, parameters: {} }];
  wrong.push({ ...file, addresses: { ...addresses, claims: "0x12" } }, { ...file, startBlock: null });
  for (const value of wrong)
    assert.equal(
      code(() => parseDeployment(value)),
      "MALFORMED_DEPLOYMENT",
    );
  for (const broken of [
    { ...file, complete: false },
    { ...file, addresses: null },
  ]) {
    assert.equal(
      code(() => parseDeployment(broken)),
      "MISSING_DEPLOYMENT",
    );
  }
});

it("refuses what is no signed statement", () => {
  for (const text of ["", "{}", '{"statement":{}}', '{"statement":{"contentHash":"0x12"},"signature":"0x"}']) {
    assert.equal(
      code(() => parseSignedStatement(text)),
      "BAD_INPUT",
    );
  }
});
