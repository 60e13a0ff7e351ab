import { defineConfig } from "vitest/config";

// Packages resolve each other from source, so only what tests the built packages needs a build.
const conditions = ["fb-source"];
const base = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};
const timeouts = { testTimeout: 60_000, hookTimeout: 60_000 };
// Real sockets, servers and killed processes on a shared machine: CI tries once more, a fault of ours fails twice.
const retry = process.env["CI"] === "true" ? 1 : 0;

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        ...base,
        test: {
          ...timeouts,
          retry,
          name: "unit",
          include: [
            "packages/*/{src,test}/**/*.test.ts",
            "apps/*/{src,test}/**/*.test.ts",
            "tools/!(e2e)/src/**/*.test.ts",
          ],
        },
      },
      {
        ...base,
        test: {
          testTimeout: 240_000,
          hookTimeout: 240_000,
          name: "packages",
          include: ["tools/e2e/packages/**/*.test.ts"],
          fileParallelism: false,
        },
      },
      {
        ...base,
        test: {
          testTimeout: 240_000,
          hookTimeout: 240_000,
          retry,
          name: "e2e",
          include: ["tools/e2e/src/**/*.test.ts"],
          fileParallelism: false,
        },
      },
    ],
  },
});
