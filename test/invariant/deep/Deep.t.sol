// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Campaign} from "../../solidity/invariant/Campaign.sol";

/// @notice Cheatcodes that only forge has.
interface VmFiles {
    function envOr(string calldata name, string calldata otherwise) external view returns (string memory);
    function toString(uint256 value) external pure returns (string memory);
    function writeLine(string calldata path, string calldata line) external;
}

/// @notice All invariants in one campaign, for hours under forge (scripts/dev/test-deep.ts). Each run ends with number 10.
contract DeepTest is Campaign {
    VmFiles private constant FILES = VmFiles(address(uint160(uint256(keccak256("hevm cheat code")))));

    function invariant_1_to_9() public {
        _checkAll();
    }

    /// @dev Leaves the numbers of actions, calls and hostile calls of a run that ended well in a file: forge counts the handler's only.
    function afterInvariant() public {
        _end();
        string memory file = FILES.envOr("ASSAY_CALLS_FILE", "");
        if (bytes(file).length == 0) return;
        // The end is an action of the handler too, but not the runner's.
        string memory line = string.concat(FILES.toString(handler.steps() - 1), " ", FILES.toString(handler.calls()));
        FILES.writeLine(file, string.concat(line, " ", FILES.toString(handler.refused())));
    }
}
