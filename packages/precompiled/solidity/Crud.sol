// SPDX-License-Identifier: Apache-2.0
// Rows of user tables as JSON. ABI of FISCO BCOS 2.x.
// A contract with empty bodies and no interface, because nothing else compiles with every compiler since 0.4.24. Take it
// at its address; never deploy it.
pragma solidity >=0.4.24 <0.9.0;

/// At 0x1002. An entry is {"field":"value"}, a condition {"field":{"eq":"value"},"limit":{"limit":"offset,count"}} with
/// eq ne gt ge lt le; {} is every row. The last argument is not used. Writes answer the number of rows, or a negative code.
contract Crud {
    /// Table, key, entry.
    function insert(string memory, string memory, string memory, string memory) public returns (int256) {}

    /// Table, key, entry, condition.
    function update(string memory, string memory, string memory, string memory, string memory)
        public
        returns (int256)
    {}

    /// Table, key, condition.
    function remove(string memory, string memory, string memory, string memory) public returns (int256) {}

    /// Table, key, condition; answers a list of entries with their key field. Reverts where a write answers a code.
    function select(string memory, string memory, string memory, string memory) public view returns (string memory) {}

    /// Key field, and value fields with commas between; both empty when there is no such table.
    function desc(string memory) public view returns (string memory, string memory) {}
}
