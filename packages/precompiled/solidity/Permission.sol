// SPDX-License-Identifier: Apache-2.0
// Who may write which table. ABI of FISCO BCOS 2.x.
// A contract with empty bodies and no interface, because nothing else compiles with every compiler since 0.4.24. Take it
// at its address; never deploy it.
pragma solidity >=0.4.24 <0.9.0;

/// At 0x1005.
contract Permission {
    /// Table, account (0x and 40 hex digits). 1, or a negative code.
    function insert(string memory, string memory) public returns (int256) {}

    /// Table, account. 1, or a negative code.
    function remove(string memory, string memory) public returns (int256) {}

    /// Table. JSON list of {address, enable_num, table_name}.
    function queryByName(string memory) public view returns (string memory) {}
}
