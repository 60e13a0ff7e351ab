import type { Check } from "../check.ts";
import { isCode, lineAt } from "../files.ts";

/** A member that holds one literal, or a few, under a name that means the same as `type`. */
const TAG = /\breadonly (t|m|k|kind): (?=["\n])/g;

export const discriminators: Check = {
  name: "discriminators",
  rule: "The tag of a union is called `type`.",
  find({ paths, read }) {
    return paths.filter(isCode).flatMap((path) => {
      const text = read(path);
      return [...text.matchAll(TAG)].map(({ index, 1: name }) => ({
        path,
        line: lineAt(text, index),
        problem: `a union's tag is called ${name}`,
        fix: "call it type",
      }));
    });
  },
};
