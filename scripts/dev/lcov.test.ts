import assert from "node:assert/strict";
import { it } from "node:test";

import { lineCoverage } from "./lcov.ts";

it("adds up the lines of all files, hit once or more", () => {
  const lcov = "TN:\nSF:a.sol\nDA:1,0\nDA:2,10\nLH:1\nLF:2\nend_of_record\nTN:\nSF:b.sol\nDA:7,1\nend_of_record\n";
  assert.deepEqual(lineCoverage(lcov), { covered: 2, total: 3 });
});

it("finds nothing in an empty report", () => assert.deepEqual(lineCoverage(""), { covered: 0, total: 0 }));
