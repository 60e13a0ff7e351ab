import type { Check } from "../check.ts";
import { isShipped, lineAt } from "../files.ts";

const BARE = /\bnew ((?:Range|Type|Syntax|Aggregate)?Error)\(/g;

export const bareErrors: Check = {
  name: "bare-errors",
  rule: "Packages and apps throw, reject and abort with FbError and a code of their own union.",
  find({ paths, read }) {
    return paths.filter(isShipped).flatMap((path) => {
      const text = read(path);
      return [...text.matchAll(BARE)].map(({ index, 1: name }) => ({
        path,
        line: lineAt(text, index),
        problem: `a bare ${name}`,
        fix: "use FbError with a code of the package's errors.ts",
      }));
    });
  },
};
