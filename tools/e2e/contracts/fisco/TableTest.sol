pragma solidity ^0.4.24;
pragma experimental ABIEncoderV2;

import "./Table.sol";

// As contracts for FISCO BCOS 2.x are written: old syntax, tables opened at each call, results in events.
contract TableTest {
    event CreateResult(int256 count);
    event InsertResult(int256 count);
    event UpdateResult(int256 count);
    event RemoveResult(int256 count);

    TableFactory factory;
    string constant TABLE = "t_test";

    constructor() public {
        factory = TableFactory(0x1001);
        emit CreateResult(factory.createTable(TABLE, "name", "item_id,item_name"));
    }

    function select(string name) public constant returns (string[], int256[], string[]) {
        Table table = factory.openTable(TABLE);
        Entries entries = table.select(name, table.newCondition());
        uint256 size = uint256(entries.size());
        string[] memory names = new string[](size);
        int256[] memory ids = new int256[](size);
        string[] memory items = new string[](size);
        for (int256 i = 0; i < int256(size); ++i) {
            Entry entry = entries.get(i);
            names[uint256(i)] = entry.getString("name");
            ids[uint256(i)] = entry.getInt("item_id");
            items[uint256(i)] = entry.getString("item_name");
        }
        return (names, ids, items);
    }

    function insert(string name, int256 id, string item) public returns (int256) {
        Table table = factory.openTable(TABLE);
        Entry entry = table.newEntry();
        entry.set("name", name);
        entry.set("item_id", id);
        entry.set("item_name", item);
        int256 count = table.insert(name, entry);
        emit InsertResult(count);
        return count;
    }

    function update(string name, int256 id, string item) public returns (int256) {
        Table table = factory.openTable(TABLE);
        Entry entry = table.newEntry();
        entry.set("item_name", item);
        Condition condition = table.newCondition();
        condition.EQ("name", name);
        condition.EQ("item_id", id);
        int256 count = table.update(name, entry, condition);
        emit UpdateResult(count);
        return count;
    }

    function remove(string name, int256 id) public returns (int256) {
        Table table = factory.openTable(TABLE);
        Condition condition = table.newCondition();
        condition.EQ("name", name);
        condition.EQ("item_id", id);
        int256 count = table.remove(name, condition);
        emit RemoveResult(count);
        return count;
    }
}
