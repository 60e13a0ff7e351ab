// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

contract Coin is ERC20Permit, Ownable {
    constructor(uint256 supply) ERC20("Coin", "COIN") ERC20Permit("Coin") Ownable(msg.sender) {
        _mint(msg.sender, supply);
    }

    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }
}

contract Membership is ERC721, AccessControl {
    bytes32 public constant ADMITTER = keccak256("ADMITTER");
    uint256 public members;

    constructor() ERC721("Membership", "MEMBER") {
        _grantRole(DEFAULT_ADMIN_ROLE, msg.sender);
        _grantRole(ADMITTER, msg.sender);
    }

    function admit(address who) external onlyRole(ADMITTER) {
        _safeMint(who, ++members);
    }

    function supportsInterface(bytes4 id) public view override(ERC721, AccessControl) returns (bool) {
        return super.supportsInterface(id);
    }
}

contract Treasury is ERC4626 {
    constructor(Coin coin) ERC20("Share", "SHARE") ERC4626(coin) {}
}
