import assert from "node:assert/strict";
import { it } from "node:test";
import { replaceMarked } from "./marked.ts";

const PAGE = "a\n<!-- growth: votes -->\nold\n<!-- end -->\nb\n<!-- growth: seats -->\n<!-- end -->\n";

it("replaces what stands between a mark and its end, and nothing else", () => {
  assert.equal(
    replaceMarked(PAGE, "growth: votes", "new"),
    "a\n<!-- growth: votes -->\n\nnew\n\n<!-- end -->\nb\n<!-- growth: seats -->\n<!-- end -->\n",
  );
});

it("does not write where there is no mark", () => {
  assert.throws(() => replaceMarked(PAGE, "growth: rounds", "new"), /no "<!-- growth: rounds -->"/);
});
