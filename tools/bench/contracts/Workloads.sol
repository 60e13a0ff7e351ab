// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

contract Store {
    uint256 public value;

    function set(uint256 newValue) external {
        value = newValue;
    }
}

contract Token is ERC20 {
    constructor(address[] memory holders) ERC20("Token", "TKN") {
        for (uint256 i = 0; i < holders.length; i++) {
            _mint(holders[i], 1e30);
        }
    }
}
