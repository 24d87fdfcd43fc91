import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TEST_CONTEXT } from "../testing/agents.ts";
import { newPath } from "../testing/files.ts";
import { Listing } from "./listing.ts";

const cursorAt = (block: number) => ({ block, logIndex: null, recent: [{ number: block, hash: "0x01" }] }) as const;

describe("a listing", () => {
  it("has after a restart what was read, those with the newest binding last, and how far", () => {
    const path = newPath();
    const listing = new Listing({ path, context: TEST_CONTEXT });
    assert.deepEqual([listing.agents, listing.cursor], [[], null]);
    listing.keep([7n, 8n, 2n ** 255n], cursorAt(10));
    listing.keep([7n], cursorAt(11));
    listing.keep([], cursorAt(12));
    listing.close();
    const again = new Listing({ path, context: TEST_CONTEXT });
    assert.deepEqual([again.agents, again.cursor], [[8n, 2n ** 255n, 7n], cursorAt(12)]);
    again.close();
    const other = { ...TEST_CONTEXT, registry: `0x${"77".repeat(20)}` as const };
    assert.throws(() => new Listing({ path, context: other }), { code: "STORE_UNREADABLE" });
  });

  it("keeps so many agents", () => {
    const listing = new Listing({ path: newPath(), context: TEST_CONTEXT, maxListed: 3 });
    listing.keep([1n, 2n, 3n], cursorAt(1));
    assert.deepEqual(listing.agents, [1n, 2n, 3n]);
    listing.keep([4n, 5n, 2n], cursorAt(2));
    assert.deepEqual(listing.agents, [4n, 5n, 2n]);
    listing.close();
  });
});
