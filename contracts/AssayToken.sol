// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title Assay test token
/// @notice A stake token for local chains and testnets: whoever wants some takes it from the faucet.
/// @dev Warning: anyone can mint without limit, from as many accounts as they like. Never stake it where stake has to
/// mean something. It has no owner; 18 decimals; ERC-2612 permits in the EIP-712 domain ("Assay Test Token", "1").
contract AssayToken is ERC20, ERC20Permit {
    /// @notice The caller had its tokens; the faucet gives it more from `availableAt`, in Unix seconds.
    error FaucetNotReady(address account, uint256 availableAt);

    /// @notice What the faucet gives at a time, in the token's smallest unit.
    uint256 public constant FAUCET_AMOUNT = 10_000 ether;

    /// @notice How long an account waits between two helpings, in seconds.
    uint256 public constant FAUCET_PERIOD = 1 days;

    /// @notice When the faucet next gives to an account, in Unix seconds; 0 for one that never asked.
    mapping(address account => uint256 timestamp) public faucetAvailableAt;

    constructor() ERC20("Assay Test Token", "ASSAY") ERC20Permit("Assay Test Token") {}

    /// @notice Mints `FAUCET_AMOUNT` to the caller, once every `FAUCET_PERIOD`.
    function faucet() external {
        uint256 availableAt = faucetAvailableAt[msg.sender];
        require(block.timestamp >= availableAt, FaucetNotReady(msg.sender, availableAt));

        faucetAvailableAt[msg.sender] = block.timestamp + FAUCET_PERIOD;
        _mint(msg.sender, FAUCET_AMOUNT);
    }
}
