// SPDX-License-Identifier: Apache-2.0
// Contract addresses by name. ABI of FISCO BCOS 2.x.
// A contract with empty bodies and no interface, because nothing else compiles with every compiler since 0.4.24. Take it
// at its address; never deploy it.
pragma solidity >=0.4.24 <0.9.0;

/// At 0x1004.
contract Cns {
    /// Name, version, address (0x and 40 hex digits), ABI. 1, or a negative code.
    function insert(string memory, string memory, string memory, string memory) public returns (int256) {}

    /// Name. JSON list of {name, version, address, abi}.
    function selectByName(string memory) public view returns (string memory) {}

    /// Name, version. The same, with one entry at most.
    function selectByNameAndVersion(string memory, string memory) public view returns (string memory) {}

    /// Name, version. Zero when there is none.
    function getContractAddress(string memory, string memory) public view returns (address) {}
}
