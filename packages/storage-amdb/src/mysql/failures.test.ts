import { FbError } from "@fb/types";
import { expect, it } from "vitest";
import { sqlFailure } from "./binding.ts";
import { judge } from "./failures.ts";

it.each([
  [1213, "again", null],
  [1205, "again", null],
  [9007, "again", null],
  [0, "wait", "STORAGE_UNREACHABLE"],
  [1047, "wait", "STORAGE_UNREACHABLE"],
  [1053, "wait", "STORAGE_UNREACHABLE"],
  [1040, "wait", "STORAGE_UNREACHABLE"],
  [1290, "wait", "STORAGE_NOT_WRITABLE"],
  [1836, "wait", "STORAGE_NOT_WRITABLE"],
  [1021, "wait", "STORAGE_FULL"],
  [1114, "wait", "STORAGE_FULL"],
  [3, "wait", "STORAGE_FULL"],
  [1045, "wait", "STORAGE_DENIED"],
  [1153, "wait", "STORAGE_UNSUITABLE"],
  [1146, "final", "STORAGE_UNSUITABLE"],
  [1064, "final", "STORAGE_FAILED"],
])("error %i of a server: %s %s (storage-amdb SPEC 6.7)", (errno, type, code) => {
  const verdict = judge(sqlFailure("words of the server", { errno }));
  expect(verdict.type).toBe(type);
  expect(verdict.type === "again" ? null : verdict.trouble.code).toBe(code);
});

it("an engine's error 28 is a full disk, others are not", () => {
  const failure = (text: string) => judge(sqlFailure(text, { errno: 1030 }));
  expect(failure('Got error 28 "No space left on device" from storage engine')).toMatchObject({ type: "wait" });
  expect(failure("Got error 168 from storage engine")).toMatchObject({ type: "final" });
});

it("what has no code is a bug and passes through", () => {
  expect(() => judge(new TypeError("x"))).toThrow(TypeError);
  expect(judge(new FbError("STORAGE_LOCKED", "x"))).toMatchObject({ type: "final" });
});
