// SPDX-License-Identifier: Apache-2.0
// Limits of the group. ABI of FISCO BCOS 2.x.
// A contract with empty bodies and no interface, because nothing else compiles with every compiler since 0.4.24. Take it
// at its address; never deploy it.
pragma solidity >=0.4.24 <0.9.0;

/// At 0x1000.
contract SystemConfig {
    /// Key, value. 1, or a negative code.
    function setValueByKey(string memory, string memory) public returns (int256) {}

    /// The newest value, and the height from which it counts.
    function getValueByKey(string memory) public view returns (string memory, uint256) {}
}
