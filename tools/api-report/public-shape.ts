/**
 * The public shape of a package as text: every export of every entry with its declaration as published, comments left out. It is
 * read from the built `.d.ts` files, so it is what a user's compiler sees, wherever in the repository it is declared.
 */
import { join } from 'node:path';
import ts from 'typescript';

/** One entry of a package, such as `millrace/testing`. */
export interface PublicEntry {
  /** The specifier that a user writes in `import ... from`. */
  readonly specifier: string;
  /** The entry's declaration file. */
  readonly file: string;
}

/** A package and its entries. */
export interface PublicPackage {
  readonly name: string;
  /** The repository's folder: what is declared outside of it, such as a library's type, is only named. */
  readonly root: string;
  readonly entries: readonly PublicEntry[];
}

/** The report of one package, in Markdown, with the exports in the order of the alphabet. */
export function describeShape({ name, root, entries }: PublicPackage): string {
  const program = ts.createProgram(
    entries.map((entry) => entry.file),
    {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      noEmit: true,
      skipLibCheck: true,
      types: [],
    },
  );
  const parts = entries.map((entry) => `## \`${entry.specifier}\`\n\n${describeEntry(entry, root, program)}`);
  return `# The public shape of \`${name}\`\n\nWritten by \`npm run api\`; a change here is a change for users.\n\n${parts.join('\n')}`;
}

function describeEntry({ file }: PublicEntry, root: string, program: ts.Program): string {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${file} exports nothing that could be read. Run npm run build first.`);
  const own: string[] = [];
  const handedOn: string[] = [];
  const exports = [...checker.getExportsOfModule(module)].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const exported of exports) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const declarations = symbol.declarations ?? [];
    const isOwn = declarations.some((declaration) => isOurs(declaration.getSourceFile().fileName, root));
    if (isOwn) own.push(...declarations.map(printDeclaration));
    else handedOn.push(exported.name);
  }
  const code = own.length === 0 ? '' : `\`\`\`ts\n${own.join('\n\n')}\n\`\`\`\n`;
  const names = handedOn.length === 0 ? '' : `\nHanded on: ${handedOn.map((name) => `\`${name}\``).join(', ')}.\n`;
  return code + names;
}

function isOurs(file: string, root: string): boolean {
  return file.startsWith(`${root.replaceAll('\\', '/')}/`) && !file.includes('/node_modules/');
}

const printer = ts.createPrinter({ removeComments: true });

function printDeclaration(declaration: ts.Declaration): string {
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  const text = printer.printNode(ts.EmitHint.Unspecified, statement, declaration.getSourceFile());
  return text.replace(/^(export |declare )+/, '').replaceAll(/^ *(private|#private).*\n/gm, '');
}

/** The declaration file of an entry, from its package.json. */
export function entryOf(folder: string, specifier: string, target: unknown): readonly PublicEntry[] {
  const types = (target as { types?: string }).types;
  return types === undefined ? [] : [{ specifier, file: join(folder, types) }];
}
