import { dirname, resolve } from "node:path";
import ts from "typescript";

const PRINTER = ts.createPrinter({ removeComments: true });

/** What an entry offers, as declarations without comments, ordered by name. */
export interface Surface {
  readonly exported: readonly string[];
  /** What those name without exporting it. */
  readonly named: readonly string[];
}

/** Reads the built declarations of entries, and the chunks they share. Imports of other packages are left as names. */
export function readSurfaces(files: readonly string[]): Map<string, Surface> {
  const options: ts.CompilerOptions = { noLib: true, types: [], target: ts.ScriptTarget.ESNext };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (literals, from) =>
    literals.map(({ text }) => ({
      resolvedModule: text.startsWith(".")
        ? { resolvedFileName: resolve(dirname(from), text.replace(/\.js$/, ".d.ts")), extension: ts.Extension.Dts }
        : undefined,
    }));
  const program = ts.createProgram([...files], options, host);
  return new Map(files.map((file) => [file, surfaceOf(program.getSourceFile(file)!, program.getTypeChecker())]));
}

function surfaceOf(file: ts.SourceFile, checker: ts.TypeChecker): Surface {
  const module = checker.getSymbolAtLocation(file);
  const exports = module === undefined ? [] : checker.getExportsOfModule(module).sort(byName);
  const reached = new Set<ts.Symbol>();
  const exported = exports.flatMap((symbol) => {
    const target = follow(symbol, checker);
    reached.add(target);
    const origin = importedFrom(target);
    if (origin !== null) return [`export { ${symbol.name} } from ${origin};`];
    return statementsOf(target).map((statement) => `export ${print(statement)}`);
  });
  const own = new Set(reached);
  // Grows while it is walked: what a type that is not exported names is part of the surface too.
  for (const symbol of reached) for (const other of namedBy(symbol, checker)) reached.add(other);
  const named = [...reached].filter((symbol) => !own.has(symbol)).sort(byName);
  return { exported: [...new Set(exported)], named: [...new Set(named.flatMap(statementsOf).map(print))] };
}

function byName(a: ts.Symbol, b: ts.Symbol): number {
  return a.name < b.name ? -1 : 1;
}

/** The declaration behind an alias; an alias still where it is of another package. */
function follow(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  if ((symbol.flags & ts.SymbolFlags.Alias) === 0) return symbol;
  const next = checker.getImmediateAliasedSymbol(symbol);
  return next?.declarations === undefined ? symbol : follow(next, checker);
}

/** The quoted name of the package from which a symbol is imported, or null. */
function importedFrom(symbol: ts.Symbol): string | null {
  for (let node: ts.Node | undefined = symbol.declarations?.[0]; node !== undefined; node = node.parent) {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier?.getText() ?? null;
  }
  return null;
}

/** Statements that declare a symbol: one, or one for each overload. */
function statementsOf(symbol: ts.Symbol): ts.Statement[] {
  const statements = (symbol.declarations ?? []).map((declaration) => {
    let node: ts.Node = declaration;
    while (!ts.isSourceFile(node.parent)) node = node.parent;
    return node as ts.Statement;
  });
  return statements.filter((statement) => !ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement));
}

/** Symbols of this package that the statements of one name. */
function namedBy(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol[] {
  const named: ts.Symbol[] = [];
  const visit = (node: ts.Node): void => {
    const target = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
    if (target !== undefined) {
      const other = follow(target, checker);
      if (other.declarations?.some(isTopLevel)) named.push(other);
    }
    ts.forEachChild(node, visit);
  };
  for (const statement of statementsOf(symbol)) visit(statement);
  return named;
}

function isTopLevel(declaration: ts.Declaration): boolean {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return ts.isSourceFile(statement.parent);
}

/** A statement without what says nothing to users: modifiers, private members, numbers that the bundler added to names. */
function print(statement: ts.Statement): string {
  return PRINTER.printNode(ts.EmitHint.Unspecified, statement, statement.getSourceFile())
    .replace(/^(?:export )?(?:declare )?/, "")
    .replace(/\n *(?:#private|private [^;]*);/g, "")
    .replace(/\$\d+\b/g, "");
}
