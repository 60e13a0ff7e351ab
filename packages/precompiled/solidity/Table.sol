// SPDX-License-Identifier: Apache-2.0
// Tables of rows under a key, shared by all contracts of a group. ABI of FISCO BCOS 2.x.
// Contracts with empty bodies and no interfaces, because nothing else compiles with every compiler since 0.4.24. Take them
// at their address, TableFactory(address(0x1001)); never deploy them.
pragma solidity >=0.4.24 <0.9.0;

/// At 0x1001.
contract TableFactory {
    /// Table of this name; zero when there is none.
    function openTable(string memory) public view returns (Table) {}

    /// Name, key field, value fields with commas between. 0, or a negative code.
    function createTable(string memory, string memory, string memory) public returns (int256) {}
}

/// Which rows: all comparisons must hold, those of order between integers. From Table.newCondition(); it lives as long as
/// the transaction.
contract Condition {
    function EQ(string memory, int256) public view {}

    function EQ(string memory, string memory) public view {}

    function EQ(string memory, address) public view {}

    function NE(string memory, int256) public view {}

    function NE(string memory, string memory) public view {}

    function NE(string memory, address) public view {}

    function GT(string memory, int256) public view {}

    function GE(string memory, int256) public view {}

    function LT(string memory, int256) public view {}

    function LE(string memory, int256) public view {}

    /// At most so many rows.
    function limit(int256) public view {}

    /// Offset, and at most so many rows from there.
    function limit(int256, int256) public view {}
}

/// Fields of a row by name: of one that was read, or of newEntry() to be written. It lives as long as the transaction.
contract Entry {
    function getInt(string memory) public view returns (int256) {}

    function getUInt(string memory) public view returns (uint256) {}

    function getAddress(string memory) public view returns (address) {}

    function getBytes64(string memory) public view returns (bytes1[64] memory) {}

    function getBytes32(string memory) public view returns (bytes32) {}

    function getString(string memory) public view returns (string memory) {}

    function set(string memory, int256) public {}

    function set(string memory, uint256) public {}

    function set(string memory, string memory) public {}

    function set(string memory, address) public {}
}

/// Rows that were read, in the order of their insertion.
contract Entries {
    function get(int256) public view returns (Entry) {}

    function size() public view returns (int256) {}
}

/// From TableFactory.openTable(). The first argument is the key; writes answer the number of rows, or a negative code.
contract Table {
    function select(string memory, Condition) public view returns (Entries) {}

    function insert(string memory, Entry) public returns (int256) {}

    function update(string memory, Entry, Condition) public returns (int256) {}

    function remove(string memory, Condition) public returns (int256) {}

    function newEntry() public view returns (Entry) {}

    function newCondition() public view returns (Condition) {}
}
