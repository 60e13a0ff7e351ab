import { readFileSync } from "node:fs";
import ts from "typescript";
import type { RpcMethod } from "../src/methods/method.ts";
import { CLIENT_METHODS, OPERATOR_METHODS } from "../src/methods/table.ts";

const API = new URL("../../api/src/", import.meta.url);
const METHOD_FILES = ["methods/eth.ts", "methods/fisco.ts", "methods/fb.ts", "methods/operator.ts"];
const ANSWER_FILES = ["answers/eth.ts", "answers/fisco.ts", "answers/fb.ts"];
const OF = { endpoint: "the endpoint's group", group: "the group named first", node: "the node" } as const;

const METHODS: Readonly<Record<string, RpcMethod>> = { ...CLIENT_METHODS, ...OPERATOR_METHODS };
const printer = ts.createPrinter({ removeComments: true });

export interface DeclaredMethod {
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly isOptional: boolean }[];
  readonly answer: string;
  readonly summary: string;
}

export interface DeclaredFace {
  readonly name: string;
  readonly intro: string;
  readonly methods: readonly DeclaredMethod[];
}

/** The methods as @fb/api declares them, by interface. */
export function declaredMethods(): DeclaredFace[] {
  return METHOD_FILES.flatMap(interfacesOf).map((face) => ({
    name: face.name.text,
    intro: commentOf(face),
    methods: face.members.filter(ts.isMethodSignature).map((method) => ({
      name: method.name.getText(),
      params: method.parameters.map((param) => ({
        name: param.name.getText(),
        isOptional: param.questionToken !== undefined,
      })),
      answer: typeText(method.type!),
      summary: commentOf(method),
    })),
  }));
}

/** METHODS.md: what @fb/api says of methods and answers, and what the method table expects of parameters. */
export function methodsPage(): string {
  const faces = declaredMethods().flatMap(({ name, intro, methods }) => [
    `## ${name}\n\n${intro}`,
    ...methods.map(methodText),
  ]);
  const answers = ANSWER_FILES.flatMap(interfacesOf).map(answerText);
  return `${[HEAD, ...faces, "## Answers", ...answers].join("\n\n")}\n`;
}

const HEAD = `# Methods

Generated from the types of \`@fb/api\` and the method table by \`pnpm docs:rpc\`. A \`Quantity\` is a number as 0x and hex digits without
leading zeros, \`Data\` are bytes as 0x and two hex digits each, a \`NodeId\` is 128 hex digits without 0x. Parameters are by position;
null means absent. Errors are in [SPEC.md](SPEC.md).`;

function methodText({ name, answer, summary }: DeclaredMethod): string {
  const { about, params } = METHODS[name]!;
  const given = params.map((param) => (param.fallback === undefined ? param.name : `${param.name}?`));
  const lines = params.map((param) => `- \`${param.name}\`: ${param.expects}`);
  const head = `### ${name}\n\n\`(${given.join(", ")}) → ${answer}\` of ${OF[about]}: ${summary}`;
  return lines.length === 0 ? head : `${head}\n\n${lines.join("\n")}`;
}

function answerText(answer: ts.InterfaceDeclaration): string {
  const base = answer.heritageClauses?.[0]?.types[0]?.getText();
  const intro = [commentOf(answer), base === undefined ? "" : `All of \`${base}\`, and:`].filter((text) => text !== "");
  const rows = answer.members
    .filter((member) => ts.isPropertySignature(member) || ts.isIndexSignatureDeclaration(member))
    .map((member) => {
      const name = ts.isPropertySignature(member) ? member.name.getText() : typeText(member.parameters[0]!.type!);
      const optional = member.questionToken === undefined ? "" : "?";
      const type = typeText(member.type!).replaceAll("|", "\\|");
      return `| ${name}${optional} | \`${type}\` | ${commentOf(member)} |`;
    });
  return [`### ${answer.name.text}`, ...intro, ["| field | type | |", "| --- | --- | --- |", ...rows].join("\n")].join(
    "\n\n",
  );
}

function interfacesOf(file: string): ts.InterfaceDeclaration[] {
  const text = readFileSync(new URL(file, API), "utf8");
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true).statements.filter(ts.isInterfaceDeclaration);
}

function commentOf(node: ts.Node): string {
  const [comment] = ts.getJSDocCommentsAndTags(node);
  return (ts.getTextOfJSDocComment(comment?.comment) ?? "").replaceAll(/\s+/g, " ");
}

function typeText(node: ts.TypeNode): string {
  const text = printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile());
  return text.replaceAll("readonly ", "").replaceAll(/\s+/g, " ");
}
