/** `packages/txpool` of any path in it; null for files that belong to no package. */
export function packageOf(path: string): string | null {
  return /^(?:packages|apps|tools)\/[^/]+(?=\/)/.exec(path)?.[0] ?? null;
}

export function isCode(path: string): boolean {
  return /\.(ts|mjs|cjs)$/.test(path);
}

export function isMarkdown(path: string): boolean {
  return path.endsWith(".md");
}

/** Tests, and what only tests use. */
export function isTest(path: string): boolean {
  return /\.test\.ts$|\/(test|testing|testdata)\/|^packages\/([^/]+\/bench|compliance)\//.test(path);
}

/** Code that users of a package or program get. */
export function isShipped(path: string): boolean {
  return /^(packages|apps)\/[^/]+\/src\//.test(path) && isCode(path) && !isTest(path);
}

/** The line, from 1, of an offset in a text. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
