import assert from "node:assert/strict";
import { it } from "node:test";
import { describeLayout, type StorageLayout } from "./layout.ts";

const NUMBER = { label: "uint128", encoding: "inplace", numberOfBytes: "16" };

it("has nothing to say of a contract without storage", () => {
  assert.deepEqual(describeLayout({ storage: [], types: null }), []);
});

it("puts the members of structs in their place, and follows mappings and arrays to the structs behind them", () => {
  const layout: StorageLayout = {
    storage: [
      { label: "count", slot: "0", offset: 0, type: "number" },
      { label: "state", slot: "1", offset: 0, type: "state" },
    ],
    types: {
      number: NUMBER,
      state: {
        label: "struct State",
        encoding: "inplace",
        numberOfBytes: "64",
        members: [
          { label: "low", slot: "0", offset: 0, type: "number" },
          { label: "high", slot: "0", offset: 16, type: "number" },
          { label: "agents", slot: "1", offset: 0, type: "map" },
        ],
      },
      map: { label: "mapping(uint128 => struct Agent[])", encoding: "mapping", numberOfBytes: "32", value: "list" },
      list: { label: "struct Agent[]", encoding: "dynamic_array", numberOfBytes: "32", base: "agent" },
      agent: {
        label: "struct Agent",
        encoding: "inplace",
        numberOfBytes: "32",
        members: [{ label: "stake", slot: "0", offset: 0, type: "number" }],
      },
    },
  };
  assert.deepEqual(describeLayout(layout), [
    "     0+0    16  count: uint128",
    "     1+0    16  state.low: uint128",
    "    1+16    16  state.high: uint128",
    "     2+0    32  state.agents: mapping(uint128 => struct Agent[])",
    "",
    "  struct Agent",
    "     0+0    16  stake: uint128",
  ]);
});
