// SPDX-License-Identifier: Apache-2.0
// Members of the group. ABI of FISCO BCOS 2.x.
// A contract with empty bodies and no interface, because nothing else compiles with every compiler since 0.4.24. Take it
// at its address; never deploy it.
pragma solidity >=0.4.24 <0.9.0;

/// At 0x1003. Node ids are 128 hex digits. 1 (0: nothing to remove), or a negative code.
contract Consensus {
    function addSealer(string memory) public returns (int256) {}

    function addObserver(string memory) public returns (int256) {}

    function remove(string memory) public returns (int256) {}
}
