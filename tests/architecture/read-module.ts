import { posix } from 'node:path';
import { parseAst } from 'vitest/node';

export interface Import {
  /** Path of ours from the project's root, or the package's name. */
  target: string;
  own: boolean;
  /** Gone at run time. */
  typeOnly: boolean;
  names: readonly string[];
}

/** What the rules look at in one file. Comments are not part of it. */
export interface Module {
  path: string;
  imports: readonly Import[];
  /** Identifiers and the text of literals, as lower-case words: `slackTokenUrl` is slack, token, url. */
  words: ReadonlySet<string>;
  strings: ReadonlySet<string>;
  /** First arguments of calls by the called name, where they are literals: `t('a.b')`. */
  calls: readonly { name: string; argument: string }[];
  /** Members by interface: name to the member's own type, as a node. */
  interfaces: ReadonlyMap<string, ReadonlyMap<string, SyntaxNode>>;
  /** Unions of string literals by the name of their type. */
  unions: ReadonlyMap<string, readonly string[]>;
  /** Texts written in place as `{ key: 'a.b', values: { … } }`, with the names of the values. */
  texts: readonly { key: string; values: readonly string[] }[];
  usesProcess: boolean;
  hasDefaultExport: boolean;
}

export type SyntaxNode = { type: string } & Record<string, unknown>;

/** Parses one file with the parser that vitest brings. `path` is from the project's root, with slashes. */
export function readModule(path: string, source: string): Module {
  const imports: Import[] = [];
  const words = new Set<string>();
  const strings = new Set<string>();
  const calls: { name: string; argument: string }[] = [];
  const interfaces = new Map<string, ReadonlyMap<string, SyntaxNode>>();
  const unions = new Map<string, readonly string[]>();
  const texts: { key: string; values: readonly string[] }[] = [];
  let usesProcess = false;
  let hasDefaultExport = false;

  const addWords = (text: string) => {
    for (const word of text.replace(/([a-z\d])([A-Z])/g, '$1 $2').split(/[^A-Za-z]+/)) words.add(word.toLowerCase());
  };
  const addImport = (source: unknown, typeOnly: boolean, names: readonly string[]) => {
    const specifier = literalText(source);
    if (specifier !== undefined) imports.push({ ...resolveImport(path, specifier), typeOnly, names });
  };

  walk(parseAst(source, { lang: path.endsWith('.js') ? 'js' : 'ts' }), (node) => {
    switch (node.type) {
      case 'ImportDeclaration': {
        const specifiers = nodes(node.specifiers);
        const typeOnly =
          node.importKind === 'type' ||
          (specifiers.length > 0 && specifiers.every((specifier) => specifier.importKind === 'type'));
        addImport(node.source, typeOnly, specifiers.map(importedName));
        break;
      }
      case 'ExportAllDeclaration':
      case 'ExportNamedDeclaration':
        addImport(node.source, node.exportKind === 'type', []);
        if (nodes(node.specifiers).some((specifier) => identifierName(specifier.exported) === 'default'))
          hasDefaultExport = true;
        break;
      case 'ExportDefaultDeclaration':
        hasDefaultExport = true;
        break;
      case 'ImportExpression':
        addImport(node.source, false, []);
        break;
      case 'TSImportType':
        addImport(
          isNode(node.argument) && 'literal' in node.argument ? node.argument.literal : (node.source ?? node.argument),
          true,
          [],
        );
        break;
      case 'Identifier':
        addWords(String(node.name));
        break;
      case 'Literal':
        if (typeof node.value === 'string') {
          strings.add(node.value);
          addWords(node.value);
        }
        break;
      case 'TemplateElement':
        addWords(templateText(node));
        break;
      case 'CallExpression': {
        const argument = literalText(nodes(node.arguments)[0]);
        const name = calledName(node.callee);
        if (argument !== undefined && name !== undefined) calls.push({ name, argument });
        break;
      }
      case 'ObjectExpression': {
        const text = readText(node);
        if (text) texts.push(text);
        break;
      }
      case 'TSTypeAliasDeclaration': {
        const members = isNode(node.typeAnnotation) ? nodes(node.typeAnnotation.types) : [];
        unions.set(
          identifierName(node.id) ?? '',
          members.flatMap((member) => literalText(member.literal) ?? []),
        );
        break;
      }
      case 'MemberExpression':
        if (identifierName(node.object) === 'process') usesProcess = true;
        if (identifierName(node.object) === 'globalThis' && identifierName(node.property) === 'process')
          usesProcess = true;
        break;
      case 'VariableDeclarator':
        if (identifierName(node.init) === 'process') usesProcess = true;
        break;
      case 'TSInterfaceDeclaration':
        interfaces.set(identifierName(node.id) ?? '', membersOf(node.body));
        break;
    }
  });
  usesProcess ||= imports.some(({ target }) => target === 'process');
  return { path, imports, words, strings, calls, interfaces, unions, texts, usesProcess, hasDefaultExport };
}

/** Calls `visit` for every node below `root`, parents first. */
function walk(root: unknown, visit: (node: SyntaxNode) => void): void {
  if (Array.isArray(root)) {
    for (const item of root) walk(item, visit);
  } else if (typeof root === 'object' && root !== null) {
    if (isNode(root)) visit(root);
    for (const value of Object.values(root)) walk(value, visit);
  }
}

function resolveImport(from: string, specifier: string): { target: string; own: boolean } {
  if (specifier.startsWith('#src/')) return { target: `src/${specifier.slice('#src/'.length)}`, own: true };
  if (specifier.startsWith('#tests/')) return { target: specifier.slice(1), own: true };
  if (specifier.startsWith('#')) return { target: `src/${specifier.slice(1)}`, own: true };
  if (specifier.startsWith('.')) return { target: posix.join(posix.dirname(from), specifier), own: true };
  return { target: specifier.replace(/^node:/, ''), own: false };
}

/** The members of an interface or of a type written in place. */
export function membersOf(body: unknown): ReadonlyMap<string, SyntaxNode> {
  const members = isNode(body) ? nodes(body.body ?? body.members) : [];
  return new Map(
    members.flatMap((member) => {
      const name = identifierName(member.key) ?? literalText(member.key);
      const annotation = isNode(member.typeAnnotation) ? member.typeAnnotation.typeAnnotation : undefined;
      return name !== undefined && isNode(annotation) ? [[name, annotation]] : [];
    }),
  );
}

/** Undefined where it is no text, or where its values are not written in place. */
function readText(object: SyntaxNode): { key: string; values: readonly string[] } | undefined {
  const properties = nodes(object.properties);
  const propertyOf = (name: string) => properties.find((property) => identifierName(property.key) === name)?.value;
  const key = literalText(propertyOf('key'));
  const values = propertyOf('values');
  if (key === undefined) return undefined;
  if (values === undefined) return { key, values: [] };
  if (!isNode(values) || values.type !== 'ObjectExpression') return undefined;
  return { key, values: nodes(values.properties).flatMap((property) => identifierName(property.key) ?? []) };
}

function importedName(specifier: SyntaxNode): string {
  return identifierName(specifier.imported) ?? 'default';
}

function calledName(callee: unknown): string | undefined {
  return identifierName(callee) ?? (isNode(callee) ? identifierName(callee.property) : undefined);
}

function identifierName(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Identifier' ? String(node.name) : undefined;
}

function literalText(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;
}

function templateText(node: SyntaxNode): string {
  const { value } = node;
  return typeof value === 'object' && value !== null && 'raw' in value ? String(value.raw) : '';
}

function nodes(value: unknown): SyntaxNode[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
