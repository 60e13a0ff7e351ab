// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {Condition, Entries, Entry, Table, TableFactory} from "../Table.sol";
import {KVTable, KVTableFactory} from "../KVTable.sol";

/// Who holds what: a row a lot under its holder in the table `asset_lots`, and what an asset is in `asset_kinds`.
contract AssetRegister {
    event Moved(string from, string to, string asset, uint128 amount);

    /// A table answered with a code of its own.
    error TableCode(int256 code);

    struct Lot {
        string asset;
        uint128 amount;
    }

    KVTableFactory private constant KV_TABLES = KVTableFactory(address(0x1010));
    TableFactory private constant TABLES = TableFactory(address(0x1001));

    constructor() {
        done(TABLES.createTable("asset_lots", "holder", "asset,amount"));
        done(KV_TABLES.createTable("asset_kinds", "asset", "issuer,unit"));
    }

    function introduce(string calldata asset, string calldata unit) external {
        KVTable kinds = KV_TABLES.openTable("asset_kinds");
        (bool known, ) = kinds.get(asset);
        require(!known, "the asset is known already");
        Entry kind = kinds.newEntry();
        kind.set("issuer", msg.sender);
        kind.set("unit", unit);
        done(kinds.set(asset, kind));
    }

    function kindOf(string calldata asset) public view returns (address issuer, string memory unit) {
        (bool known, Entry kind) = KV_TABLES.openTable("asset_kinds").get(asset);
        require(known, "there is no such asset");
        return (kind.getAddress("issuer"), kind.getString("unit"));
    }

    function issue(string calldata holder, string calldata asset, uint128 amount) external {
        (address issuer, ) = kindOf(asset);
        require(issuer == msg.sender, "another account issues this asset");
        add(lots(), holder, asset, amount);
        emit Moved("", holder, asset, amount);
    }

    function move(string calldata from, string calldata to, string calldata asset, uint128 amount) external {
        (address issuer, ) = kindOf(asset);
        require(issuer == msg.sender, "another account issues this asset");
        Table table = lots();
        Condition lot = table.newCondition();
        lot.EQ("asset", asset);
        lot.GE("amount", int256(uint256(amount)));
        lot.limit(1);
        Entries found = table.select(from, lot);
        require(found.size() == 1, "no lot is large enough");
        uint256 left = found.get(0).getUInt("amount") - amount;
        if (left == 0) {
            done(table.remove(from, lot));
        } else {
            Entry rest = table.newEntry();
            rest.set("amount", left);
            done(table.update(from, rest, lot));
        }
        add(table, to, asset, amount);
        emit Moved(from, to, asset, amount);
    }

    /// Lots of a holder whose amount is at least `least`, `count` of them behind the first `offset`.
    function lotsOf(string calldata holder, uint128 least, uint64 offset, uint64 count)
        external
        view
        returns (Lot[] memory list)
    {
        Table table = lots();
        Condition wanted = table.newCondition();
        wanted.GE("amount", int256(uint256(least)));
        wanted.limit(int256(uint256(offset)), int256(uint256(count)));
        Entries found = table.select(holder, wanted);
        list = new Lot[](uint256(found.size()));
        for (uint256 i = 0; i < list.length; i++) {
            Entry lot = found.get(int256(i));
            list[i] = Lot(lot.getString("asset"), uint128(lot.getUInt("amount")));
        }
    }

    function lots() private view returns (Table) {
        return TABLES.openTable("asset_lots");
    }

    function add(Table table, string calldata holder, string calldata asset, uint128 amount) private {
        Entry lot = table.newEntry();
        lot.set("asset", asset);
        lot.set("amount", uint256(amount));
        done(table.insert(holder, lot));
    }

    /// Tables answer with a negative code instead of reverting.
    function done(int256 result) private pure {
        if (result < 0) revert TableCode(result);
    }
}
