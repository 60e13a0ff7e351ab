import { expect, it } from "vitest";
import { createScratch } from "../testing/scratch.ts";
import { commitMessages } from "./commit-messages.ts";

function branch() {
  const scratch = createScratch({ "a.txt": "a\n" });
  scratch.commit("whatever main has");
  return { ...scratch, faults: () => commitMessages.find(scratch.open()).map(({ problem }) => problem) };
}

it("looks only at commits ahead of main", () => {
  const { write, commit, faults } = branch();
  expect(faults()).toEqual([]);
  for (const [i, message] of ["fix(pool): order", "feat(pool,sync)!: less", "docs: words"].entries()) {
    write({ "a.txt": `${i}\n` });
    commit(message, "work");
  }
  expect(faults()).toEqual([]);
});

it("finds a subject without a type, and a large change that does not say why", () => {
  const { write, commit, faults } = branch();
  const many = (text: string) => ({ "a.txt": `${text}\n`.repeat(200) });
  write(many("b"));
  commit("fix(pool): a large one needs no reason", "work");
  write(many("c"));
  commit("refactor(pool): order", "work");
  write(many("d"));
  commit("feat(pool): more\n\nUsers asked for it.", "work");
  write({ "a.txt": "e\n" });
  commit("Order the pool", "work");
  expect(faults()).toEqual([
    '"Order the pool" has no type',
    '"refactor(pool): order" changes 400 lines and does not say why',
  ]);
});
