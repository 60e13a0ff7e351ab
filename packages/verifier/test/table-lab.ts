import { type CompiledContract, compileSolidity } from "@fb/testkit/solidity";

const SOURCE = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;
interface TableFactory {
  function openTable(string memory) external view returns (Table);
  function createTable(string memory, string memory, string memory) external returns (int256);
}
interface Condition {
  function EQ(string memory, int256) external view;
  function GE(string memory, int256) external view;
  function LT(string memory, int256) external view;
  function limit(int256, int256) external view;
}
interface Entry {
  function getInt(string memory) external view returns (int256);
  function getString(string memory) external view returns (string memory);
  function getBytes64(string memory) external view returns (bytes1[64] memory);
  function set(string memory, int256) external;
  function set(string memory, string memory) external;
}
interface Entries {
  function get(int256) external view returns (Entry);
  function size() external view returns (int256);
}
interface Table {
  function select(string memory, Condition) external view returns (Entries);
  function insert(string memory, Entry) external returns (int256);
  function update(string memory, Entry, Condition) external returns (int256);
  function remove(string memory, Condition) external returns (int256);
  function newEntry() external view returns (Entry);
  function newCondition() external view returns (Condition);
}

contract TableLab {
  TableFactory constant TABLES = TableFactory(address(0x1001));
  event Seen(int256 id, string name);
  error Failed(address table, address entry);
  Table public kept;
  Entry public keptEntry;

  constructor(string memory name) {
    require(TABLES.createTable(name, "k", "id,name") == 0, "create");
    put(TABLES.openTable(name), "made", 0, "in a constructor");
  }
  function put(Table table, string memory key, int256 id, string memory name) public returns (int256) {
    Entry entry = table.newEntry();
    entry.set("k", key);
    entry.set("id", id);
    entry.set("name", name);
    return table.insert(key, entry);
  }
  function insert(string calldata t, string calldata key, int256 id, string calldata name) external returns (int256) {
    return put(TABLES.openTable(t), key, id, name);
  }
  function between(Table table, int256 from, int256 to) public view returns (Condition condition) {
    condition = table.newCondition();
    condition.GE("id", from);
    condition.LT("id", to);
  }
  function ids(string memory t, string memory key, int256 from, int256 to) public view returns (int256[] memory found) {
    Table table = TABLES.openTable(t);
    Entries entries = table.select(key, between(table, from, to));
    found = new int256[](uint256(entries.size()));
    for (uint256 i = 0; i < found.length; i++) found[i] = entries.get(int256(i)).getInt("id");
  }
  function show(string calldata t, string calldata key, int256 offset, int256 count) external {
    Table table = TABLES.openTable(t);
    Condition condition = table.newCondition();
    condition.limit(offset, count);
    Entries entries = table.select(key, condition);
    for (int256 i = 0; i < entries.size(); i++) emit Seen(entries.get(i).getInt("id"), entries.get(i).getString("name"));
  }
  function rename(string calldata t, string calldata key, int256 from, int256 to, string calldata name) external returns (int256) {
    Table table = TABLES.openTable(t);
    Entry entry = table.newEntry();
    entry.set("name", name);
    return table.update(key, entry, between(table, from, to));
  }
  function drop(string calldata t, string calldata key, int256 from, int256 to) external returns (int256) {
    Table table = TABLES.openTable(t);
    return table.remove(key, between(table, from, to));
  }
  function failing(Table table, Entry entry, string calldata key) external {
    entry.set("id", 666);
    Entry own = table.newEntry();
    table.insert(key, entry);
    revert Failed(address(table), address(own));
  }
  /// A frame that fails leaves no trace: neither in rows nor in objects.
  function undone(string calldata t, string calldata key) external returns (bool, bool, uint256, int256, bool) {
    Table table = TABLES.openTable(t);
    Entry entry = table.newEntry();
    entry.set("id", 1);
    bytes memory lost;
    try this.failing(table, entry, key) {} catch (bytes memory reason) { lost = reason; }
    address own;
    assembly { own := mload(add(lost, 0x44)) }
    (bool works,) = own.call(abi.encodeWithSignature("getInt(string)", "id"));
    address next = address(table.newEntry());
    return (works, next == own, own.code.length, entry.getInt("id"), own.codehash == address(table).codehash);
  }
  function keep(string calldata t) external {
    kept = TABLES.openTable(t);
    keptEntry = kept.newEntry();
    keptEntry.set("id", 5);
    kept.insert("kept", keptEntry);
  }
  function useKept() external returns (bool, bool, uint256) {
    (bool table,) = address(kept).call(abi.encodeWithSignature("newEntry()"));
    (bool entry,) = address(keptEntry).call(abi.encodeWithSignature("getInt(string)", "id"));
    return (table, entry, address(kept).code.length);
  }
  function odd(string calldata t) external payable returns (bool, bool, bool, bool, uint256) {
    Table table = TABLES.openTable(t);
    bytes memory call = abi.encodeWithSignature("newEntry()");
    (bool delegated,) = address(table).delegatecall(call);
    (bool paid,) = address(table).call{value: 1}("");
    (bool starved,) = address(table).call{gas: 1000}(call);
    (bool silent,) = address(table).staticcall(abi.encodeWithSignature("insert(string,address)", "k", address(table)));
    return (delegated, paid, starved, silent, address(table).balance);
  }
  function word(string calldata t, string calldata key) external view returns (bytes1[64] memory) {
    Table table = TABLES.openTable(t);
    return table.select(key, table.newCondition()).get(0).getBytes64("name");
  }
  function flood(string calldata t, uint256 count) external {
    Table table = TABLES.openTable(t);
    for (uint256 i = 0; i < count; i++) table.newCondition();
  }
}`;

/** A contract that does with tables what contracts do, and what they should not. */
export function compileTableLab(): CompiledContract {
  return compileSolidity(SOURCE, "TableLab").TableLab;
}
