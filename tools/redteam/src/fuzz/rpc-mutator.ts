import type { Choice } from "@fb/runtime/testing";

/** Values that programs stumble over, as they stand in JSON text. */
const ODD: readonly string[] = [
  "null",
  "true",
  "false",
  "0",
  "-0",
  "-1",
  "1e400",
  "-1e400",
  "1e-400",
  "9007199254740993",
  "0.1",
  "123456789012345678901234567890",
  '""',
  '"0x"',
  '"0x0"',
  '"0x00"',
  '"0X1"',
  '"0x1fffffffffffff"',
  '"0x20000000000000"',
  '"0xffffffff"',
  '"0x-1"',
  `"0x${"f".repeat(64)}"`,
  `"0x${"f".repeat(65)}"`,
  `"0x${"0".repeat(5_000)}"`,
  '"latest "',
  '"LATEST"',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '"hasOwnProperty"',
  '"\\u0000"',
  '"\\ud800"',
  '"\\udfff\\ud800"',
  '"\\u202e\\u200b"',
  '"😀ﬁ\u0301"',
  `"${"a".repeat(70_000)}"`,
  "[]",
  "{}",
  "[[]]",
  "[null]",
  '{"__proto__":{"to":"0x1"}}',
  '{"toString":1,"valueOf":2}',
  '{"length":4294967295}',
  '{"then":1}',
  '{"a":{"a":{"a":{"a":{"a":1}}}}}',
  `${"[".repeat(200)}${"]".repeat(200)}`,
  `[${"0,".repeat(5_000)}0]`,
];
const IDS: readonly string[] = [
  "1",
  '"x"',
  "null",
  "1.5",
  "-7",
  "1e3",
  "1e400",
  "18446744073709551617",
  "{}",
  "[1]",
  "true",
  '"\\ud800"',
  `"${"i".repeat(500)}"`,
];
const METHOD_NAMES: readonly string[] = [
  '"eth_nothing"',
  '""',
  "5",
  "null",
  '["eth_call"]',
  '"__proto__"',
  '"constructor"',
  '"rpc.discover"',
  `"${"m".repeat(9_000)}"`,
  '"eth_blockNumber\\u0000"',
  '"ETH_BLOCKNUMBER"',
];

/** JSON text of a request, with one or some of its parts changed for others. */
export function mutatedText(request: Readonly<Record<string, unknown>>, choice: Choice): string {
  const members = new Map(Object.entries(request).map(([key, value]) => [key, JSON.stringify(value)]));
  for (let changes = choice.below(3); changes >= 0; changes--) {
    const kind = choice.below(10);
    if (kind < 6) members.set("params", mutatedParams(request["params"], choice));
    else if (kind === 6) members.set("id", choice.of(IDS));
    else if (kind === 7) members.set("method", choice.of(METHOD_NAMES));
    else if (kind === 8) members.delete(choice.of([...members.keys(), "none"]));
    else members.set(choice.of(["jsonrpc", "extra", "result", "__proto__", "id "]), choice.of(ODD));
  }
  const entries = [...members].map(([key, text]) => `${JSON.stringify(key)}:${text}`);
  // The same key twice, and members in another order.
  if (choice.once(20) && entries.length > 0) entries.push(choice.of(entries));
  if (choice.once(5)) entries.reverse();
  return `{${entries.join(choice.once(10) ? " ,\n\t" : ",")}}`;
}

function mutatedParams(params: unknown, choice: Choice): string {
  const list = Array.isArray(params) ? [...params] : [];
  switch (choice.below(6)) {
    case 0:
      return choice.of(ODD);
    case 1:
      return JSON.stringify(list.slice(0, choice.below(list.length + 1)));
    case 2:
      return `[${[...list.map((value) => JSON.stringify(value)), choice.of(ODD)].join(",")}]`;
    case 3:
      return JSON.stringify(list.reverse());
    default: {
      const at = choice.below(Math.max(1, list.length));
      return `[${list.map((value, i) => (i === at ? mutatedValue(value, choice, 0) : JSON.stringify(value))).join(",")}]`;
    }
  }
}

function mutatedValue(value: unknown, choice: Choice, depth: number): string {
  if (choice.once(3) || depth > 4) return choice.of(ODD);
  if (typeof value === "string") return JSON.stringify(mutatedString(value, choice));
  if (Array.isArray(value) && value.length > 0) {
    const at = choice.below(value.length);
    return `[${value.map((item, i) => (i === at ? mutatedValue(item, choice, depth + 1) : JSON.stringify(item))).join(",")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    const at = choice.below(Math.max(1, entries.length));
    const texts = entries.map(
      ([key, item], i) =>
        `${JSON.stringify(i === at && choice.once(4) ? mutatedString(key, choice) : key)}:${i === at ? mutatedValue(item, choice, depth + 1) : JSON.stringify(item)}`,
    );
    return `{${texts.join(",")}}`;
  }
  return choice.of(ODD);
}

function mutatedString(text: string, choice: Choice): string {
  const at = choice.below(text.length + 1);
  switch (choice.below(6)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + choice.of(["0", "g", " ", "\0", "😀", "ff", "-", "."]) + text.slice(at);
    case 2:
      return text.toUpperCase();
    case 3:
      return text.replace(/^0x/, "");
    case 4:
      return text.repeat(choice.below(8));
    default:
      return text.slice(0, at) + String.fromCharCode(choice.below(65_536)) + text.slice(at + 1);
  }
}

/** Bytes of a body: as they are, or cut, flipped, doubled, in another encoding. */
export function mutatedBytes(text: string, choice: Choice): Buffer {
  const bytes = Buffer.from(text);
  switch (choice.below(40)) {
    case 0:
      return bytes.subarray(0, choice.below(bytes.length + 1));
    case 1:
      for (let n = choice.below(4); n >= 0; n--) bytes[choice.below(bytes.length)] = choice.below(256);
      return bytes;
    case 2:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
    case 3:
      return Buffer.from(text, "utf16le");
    case 4:
      return Buffer.concat([bytes, bytes]);
    case 5:
      return Buffer.from(choice.bytes(choice.below(300)));
    default:
      return bytes;
  }
}
