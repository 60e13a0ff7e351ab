// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// What `./fb up` deploys to show that a group takes transactions.
contract Proof {
    uint256 private value;

    function set(uint256 newValue) external {
        value = newValue;
    }

    function get() external view returns (uint256) {
        return value;
    }
}
