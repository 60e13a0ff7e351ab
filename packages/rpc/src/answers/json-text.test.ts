import { systemClock } from "@fb/runtime";
import { expect, it } from "vitest";
import { Client } from "../admission/client.ts";
import { ClientTime } from "../admission/client-time.ts";
import { partyOf } from "../admission/party.ts";
import { ThreadTurns } from "../admission/thread-turns.ts";
import { JsonList, jsonText } from "./json-text.ts";

it("a long text is made in turns, between which everybody else is served (SPEC 8.10)", async () => {
  const items = Array.from({ length: 4096 }, () => "x".repeat(1022));
  const until = { isMade: false };
  let servedMeanwhile = 0;
  const serve = () => {
    servedMeanwhile++;
    if (!until.isMade) setImmediate(serve);
  };
  setImmediate(serve);
  const threadUse = () => ({ activeMs: 0, cpuMs: 0 });
  const time = new ClientTime({ clock: systemClock, threadUse, onHeld: () => {} });
  const options = { client: new Client(partyOf("192.0.2.1"), null), turns: new ThreadTurns(time), maxLength: 1 << 23 };
  const text = await jsonText(JsonList.of(items, String), options);
  until.isMade = true;
  expect((typeof text === "string" ? text : text.parts.join("")) === JSON.stringify(items)).toBe(true);
  expect(servedMeanwhile).toBeGreaterThan(5);
});
