// SPDX-License-Identifier: Apache-2.0
// Tables with one row a key. ABI of FISCO BCOS 2.x.
// Contracts with empty bodies and no interfaces, because nothing else compiles with every compiler since 0.4.24. Take them
// at their address, KVTableFactory(address(0x1010)); never deploy them.
pragma solidity >=0.4.24 <0.9.0;

import "./Table.sol";

/// At 0x1010.
contract KVTableFactory {
    /// Table of this name; zero when there is none.
    function openTable(string memory) public view returns (KVTable) {}

    /// Name, key field, value fields with commas between. 0, or a negative code.
    function createTable(string memory, string memory, string memory) public returns (int256) {}
}

/// From KVTableFactory.openTable(). The first argument is the key.
contract KVTable {
    /// Whether there is a row, and the row.
    function get(string memory) public view returns (bool, Entry) {}

    /// Sets fields of the row of the key, which is added when there is none. 1, or a negative code.
    function set(string memory, Entry) public returns (int256) {}

    function newEntry() public view returns (Entry) {}
}
