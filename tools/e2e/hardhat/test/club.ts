import { expect } from "chai";
import { network } from "hardhat";

const { ethers } = await network.connect("fb");

describe("a club of OpenZeppelin contracts", () => {
  const SUPPLY = 1_000_000n;
  const deploy = async () => {
    const [owner, other] = await ethers.getSigners();
    return { owner: owner!, other: other!, coin: await ethers.deployContract("Coin", [SUPPLY]) };
  };

  it("gives the supply to whoever deploys", async () => {
    const { owner, coin } = await deploy();
    expect(await coin.balanceOf(owner)).to.equal(SUPPLY);
    expect(await coin.owner()).to.equal(owner.address);
  });

  it("moves tokens and says so in an event", async () => {
    const { owner, other, coin } = await deploy();
    await expect(coin.transfer(other, 7n)).to.emit(coin, "Transfer").withArgs(owner, other, 7n);
    expect(await coin.balanceOf(other)).to.equal(7n);
  });

  it("changes both balances by the amount", async () => {
    const { owner, other, coin } = await deploy();
    await expect(coin.transfer(other, 5n)).to.changeTokenBalances(ethers, coin, [owner, other], [-5n, 5n]);
  });

  it("refuses what an account does not have, with the custom error", async () => {
    const { owner, other, coin } = await deploy();
    await expect(coin.connect(other).transfer(owner, 1n))
      .to.be.revertedWithCustomError(coin, "ERC20InsufficientBalance")
      .withArgs(other, 0n, 1n);
  });

  it("lets only the owner mint", async () => {
    const { other, coin } = await deploy();
    await expect(coin.connect(other).mint(other, 1n)).to.be.revertedWithCustomError(coin, "OwnableUnauthorizedAccount");
    const minted = await coin.mint(other, 3n);
    expect((await minted.wait())?.status).to.equal(1);
    expect(await coin.totalSupply()).to.equal(SUPPLY + 3n);
  });

  it("accepts a permit signed for this chain", async () => {
    const { owner, other, coin } = await deploy();
    const { chainId } = await ethers.provider.getNetwork();
    const verifyingContract = await coin.getAddress();
    const domain = { name: "Coin", version: "1", chainId, verifyingContract };
    const fields = ["owner", "spender"].map((name) => ({ name, type: "address" }));
    const types = { Permit: [...fields, ...["value", "nonce", "deadline"].map((name) => ({ name, type: "uint256" }))] };
    const deadline = 2n ** 64n;
    const value = { owner: owner.address, spender: other.address, value: 9n, nonce: 0n, deadline };
    const { v, r, s } = ethers.Signature.from(await owner.signTypedData(domain, types, value));
    await coin.connect(other).permit(owner, other, 9n, deadline, v, r, s);
    await coin.connect(other).transferFrom(owner, other, 9n);
    expect(await coin.balanceOf(other)).to.equal(9n);
  });

  it("admits members by role", async () => {
    const { other } = await deploy();
    const membership = await ethers.deployContract("Membership");
    await expect(membership.admit(other)).to.emit(membership, "Transfer").withArgs(ethers.ZeroAddress, other, 1n);
    await expect(membership.connect(other).admit(other)).to.be.revertedWithCustomError(
      membership,
      "AccessControlUnauthorizedAccount",
    );
    await membership.grantRole(await membership.ADMITTER(), other);
    await membership.connect(other).admit(other);
    expect(await membership.balanceOf(other)).to.equal(2n);
  });

  it("keeps shares of deposits", async () => {
    const { owner, coin } = await deploy();
    const treasury = await ethers.deployContract("Treasury", [coin]);
    await coin.approve(treasury, 100n);
    await expect(treasury.deposit(100n, owner)).to.emit(treasury, "Deposit").withArgs(owner, owner, 100n, 100n);
    expect(await treasury.maxWithdraw(owner)).to.equal(100n);
  });

  it("waits for five confirmations of one transaction", async () => {
    const { other, coin } = await deploy();
    const sent = await coin.transfer(other, 1n);
    const receipt = await sent.wait(5, 3000);
    expect(receipt?.logs.length).to.equal(1);
  });
});
