/**
 * Checks the doc comments of what packages export. Every name that an entry file exports says what it is; every value that a user
 * imports from `millrace` also shows an example. The comment is looked for where the name is declared, through all re-exports.
 */
import ts from 'typescript';

const SENTENCE_LENGTH_MIN = 15;

/** An entry file and what is asked of its exports. */
export interface Entry {
  readonly file: string;
  /** Whether functions, classes and constants need an `@example`. */
  readonly needsExamples: boolean;
}

/** One line for each exported name that is not documented as asked. */
export function findUndocumented(entries: readonly Entry[], root: string): readonly string[] {
  const program = ts.createProgram(
    entries.map((entry) => entry.file),
    {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      customConditions: ['millrace-source'],
      allowImportingTsExtensions: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
    },
  );
  return entries.flatMap((entry) => checkEntry(entry, program, root));
}

function checkEntry({ file, needsExamples }: Entry, program: ts.Program, root: string): readonly string[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  if (source === undefined) throw new Error(`${file} could not be read: nothing is proven.`);
  const module = checker.getSymbolAtLocation(source);
  if (module === undefined) return [];
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const [declaration] = symbol.declarations ?? [];
    if (declaration === undefined || program.isSourceFileFromExternalLibrary(declaration.getSourceFile())) return [];
    const problem = checkSymbol(symbol, checker, needsExamples);
    if (problem === undefined) return [];
    const at = declaration.getSourceFile();
    const line = at.getLineAndCharacterOfPosition(declaration.getStart(at)).line + 1;
    const path = at.fileName.replace(`${root.replaceAll('\\', '/')}/`, '');
    return [`${path}:${line} [api-docs] ${exported.name} ${problem}`];
  });
}

function checkSymbol(symbol: ts.Symbol, checker: ts.TypeChecker, needsExamples: boolean): string | undefined {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
  if (text.length < SENTENCE_LENGTH_MIN) {
    return 'is exported without a doc comment. Say what it is, its units, what it throws and when.';
  }
  const isValue = (symbol.flags & ts.SymbolFlags.Value) !== 0;
  const isError = /Error$/.test(symbol.name) || (symbol.flags & ts.SymbolFlags.Class) !== 0;
  const hasExample = symbol.getJsDocTags(checker).some((tag) => tag.name === 'example');
  if (!needsExamples || !isValue || isError || hasExample) return undefined;
  return 'has no @example. Show the shortest use that a user would write.';
}
