pragma solidity ^0.4.24;

import "@fb/precompiled/solidity/KVTable.sol";
