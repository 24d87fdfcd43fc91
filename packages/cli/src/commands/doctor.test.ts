import assert from "node:assert/strict";
import { it } from "node:test";
import { checkNode } from "./doctor.ts";

it("doctor tells a Node that is old enough from one that is too old", () => {
  for (const version of ["22.13.0", "22.21.1", "24.0.0"]) assert.equal(checkNode(version).status, "ok", version);
  for (const version of ["18.20.8", "20.19.0", "22.12.9"]) assert.equal(checkNode(version).status, "fail", version);
  assert.equal(checkNode("20.19.0").fix, "install Node 22.13 or later");
});
