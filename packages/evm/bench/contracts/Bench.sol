// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

contract Token is ERC20 {
    constructor() ERC20("Bench", "BEN") {
        _mint(msg.sender, 1e30);
    }
}

contract Proxy {
    address private immutable target;

    constructor(address target_) {
        target = target_;
    }

    fallback() external payable {
        address to = target;
        assembly {
            calldatacopy(0, 0, calldatasize())
            let ok := delegatecall(gas(), to, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            switch ok
            case 0 { revert(0, returndatasize()) }
            default { return(0, returndatasize()) }
        }
    }
}

interface IToken {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
    function balanceOf(address owner) external view returns (uint256);
}

/// A constant-product pair with a fee of 0.3 %, shaped like the well-known one.
contract Pair {
    IToken public immutable token0;
    IToken public immutable token1;
    uint112 private reserve0;
    uint112 private reserve1;
    uint32 private updated;
    uint256 public price0;
    uint256 public price1;
    uint256 private unlocked = 1;

    event Swap(address indexed sender, uint256 amountIn, uint256 amountOut, address indexed to);
    event Sync(uint112 reserve0, uint112 reserve1);

    constructor(IToken token0_, IToken token1_) {
        token0 = token0_;
        token1 = token1_;
    }

    function sync() external {
        reserve0 = uint112(token0.balanceOf(address(this)));
        reserve1 = uint112(token1.balanceOf(address(this)));
        updated = uint32(block.timestamp);
    }

    function swap(uint256 amountIn, address to) external returns (uint256 amountOut) {
        require(unlocked == 1, "locked");
        unlocked = 0;
        (uint112 r0, uint112 r1) = (reserve0, reserve1);
        uint256 withFee = amountIn * 997;
        amountOut = (withFee * r1) / (uint256(r0) * 1000 + withFee);
        require(amountOut > 0 && amountOut < r1, "liquidity");
        token0.transferFrom(msg.sender, address(this), amountIn);
        token1.transfer(to, amountOut);
        uint256 balance0 = token0.balanceOf(address(this));
        uint256 balance1 = token1.balanceOf(address(this));
        require((balance0 * 1000 - amountIn * 3) * balance1 * 1000 >= uint256(r0) * r1 * 1000 ** 2, "k");
        uint32 elapsed = uint32(block.timestamp) - updated;
        unchecked {
            price0 += ((uint256(r1) << 112) / r0) * elapsed;
            price1 += ((uint256(r0) << 112) / r1) * elapsed;
        }
        (reserve0, reserve1, updated) = (uint112(balance0), uint112(balance1), uint32(block.timestamp));
        emit Sync(uint112(balance0), uint112(balance1));
        emit Swap(msg.sender, amountIn, amountOut, to);
        unlocked = 1;
    }
}

contract Work {
    function loop(uint256 n) external pure returns (uint256 sum) {
        unchecked {
            for (uint256 i = 0; i < n; i++) sum += i ^ (sum << 1);
        }
    }

    function hashes(uint256 n) external pure returns (bytes32 h) {
        for (uint256 i = 0; i < n; i++) h = keccak256(abi.encode(h, i));
    }

    function modular(uint256 n) external pure returns (uint256 x) {
        x = 3;
        uint256 p = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f;
        for (uint256 i = 0; i < n; i++) {
            unchecked {
                x = mulmod(x + 0xabcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789, x, p);
                x ^= (i | 3) ** 77;
            }
        }
    }

    function sort(uint256 n) external pure returns (uint256) {
        uint256[] memory a = new uint256[](n);
        uint256 seed = 12345;
        unchecked {
            for (uint256 i = 0; i < n; i++) {
                seed = (seed * 1103515245 + 12345) & 0x7fffffff;
                a[i] = seed;
            }
            for (uint256 i = 1; i < n; i++) {
                uint256 x = a[i];
                uint256 j = i;
                while (j > 0 && a[j - 1] > x) {
                    a[j] = a[j - 1];
                    j--;
                }
                a[j] = x;
            }
        }
        return a[0];
    }
}
