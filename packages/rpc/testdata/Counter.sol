// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

contract Counter {
    uint256 public value;

    event Changed(address indexed who, uint256 value);

    constructor(uint256 initial) {
        value = initial;
    }

    function set(uint256 next) external {
        require(next != 13, "unlucky");
        value = next;
        emit Changed(msg.sender, next);
    }
}
