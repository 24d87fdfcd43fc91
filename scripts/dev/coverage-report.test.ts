import assert from "node:assert/strict";
import { it } from "node:test";

import { lineCoverage, statementCoverage } from "./coverage-report.ts";

it("adds up the lines of all files, hit once or more", () => {
  const lcov = "TN:\nSF:a.sol\nDA:1,0\nDA:2,10\nLH:1\nLF:2\nend_of_record\nTN:\nSF:b.sol\nDA:7,1\nend_of_record\n";
  assert.deepEqual(lineCoverage(lcov), { covered: 2, total: 3 });
});

it("finds nothing in an empty report", () => assert.deepEqual(lineCoverage(""), { covered: 0, total: 0 }));

it("reads the statements off the last row of the table, colours or not", () => {
  const table = [
    "║ Coverage Report                                     ║",
    "║ \u001b[33mFile Path\u001b[39m │ \u001b[33mLine %\u001b[39m │ \u001b[33mStatement %\u001b[39m │ Uncovered Lines ║",
    "║ contracts/Total.sol │ 50.00  │ 40.00  │ 1-3             ║",
    "╟─────────────────────┼────────┼────────┼─────────────────╢",
    "║ \u001b[33mTotal\u001b[39m               │ 98.76  │ 97.05  │                 ║",
    "╚═════════════════════╧════════╧════════╧═════════════════╝",
  ];
  assert.equal(statementCoverage(`a test says Total 1 2 3\n${table.join("\n")}\n\n`), 97.05);
  assert.throws(() => statementCoverage("no table"), /has not printed a table/);
});
