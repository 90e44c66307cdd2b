import { join } from 'node:path';
import type { Node, SourceFile, TypeNode } from 'typescript/unstable/ast';
import {
  isArrayTypeNode,
  isIdentifier,
  isIntersectionTypeNode,
  isParenthesizedTypeNode,
  isPropertySignatureDeclaration,
  isTypeAliasDeclaration,
  isTypeLiteralNode,
  isTypeOperatorNode,
  isTypeReferenceNode,
  isUnionTypeNode,
} from 'typescript/unstable/ast/is';
import { API } from 'typescript/unstable/sync';

/** A type of `src/plan/input.ts`, as far as that file uses the language. */
export type Shape =
  /** As written: `string`, `'value'`, `Duration`. */
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'object'; readonly members: readonly Member[] }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'record'; readonly of: Shape }
  | { readonly kind: 'union'; readonly variants: readonly Described[] }
  | { readonly kind: 'all'; readonly parts: readonly Shape[] };

export type Described = { readonly shape: Shape; readonly doc: Doc };
export type Member = Described & { readonly key: string; readonly isOptional: boolean };

/** What a doc comment says. */
export type Doc = { readonly meaning: string; readonly byDefault: string | null };

/** Types by their names. */
export type PlanTypes = ReadonlyMap<string, Described>;

/** Reads `src/plan/input.ts` with TypeScript's own parser. @throws Error on a form of type that it does not know */
export function readPlanInput(root: string): PlanTypes {
  const path = join(root, 'src/plan/input.ts');
  const api = new API({ cwd: root });
  try {
    const snapshot = api.updateSnapshot({ openProject: join(root, 'tsconfig.json') });
    const file = snapshot.getProjects()[0]?.program.getSourceFile(path);
    if (file === undefined) throw new Error(`tsconfig.json does not include ${path}`);
    const aliases = file.statements.filter(isTypeAliasDeclaration);
    return new Map(
      aliases.map((one) => [one.name.text, { shape: shapeOf(file, one.type), doc: docBefore(file, one) }]),
    );
  } finally {
    api.close();
  }
}

function shapeOf(file: SourceFile, type: TypeNode): Shape {
  const text = type.getText(file);
  if (isParenthesizedTypeNode(type) || isTypeOperatorNode(type)) return shapeOf(file, type.type);
  if (isArrayTypeNode(type)) return { kind: 'list', of: shapeOf(file, type.elementType) };
  if (isIntersectionTypeNode(type))
    return { kind: 'all', parts: [...type.types].map((part) => shapeOf(file, part)) };
  if (isUnionTypeNode(type)) {
    const variants = [...type.types].map((one) => ({ shape: shapeOf(file, one), doc: docBefore(file, one) }));
    return { kind: 'union', variants };
  }
  if (isTypeLiteralNode(type))
    return { kind: 'object', members: [...type.members].map((member) => memberOf(file, member)) };
  if (isTypeReferenceNode(type)) {
    const [first, second] = type.typeArguments ?? [];
    if (text.startsWith('Readonly<') && first !== undefined) return shapeOf(file, first);
    if (text.startsWith('Record<string,') && second !== undefined)
      return { kind: 'record', of: shapeOf(file, second) };
  }
  if (!/^(?:\w+|'[^']*')$/.test(text)) throw new Error(`the page knows no words for the type ${text}`);
  return { kind: 'word', text };
}

function memberOf(file: SourceFile, member: Node): Member {
  if (!isPropertySignatureDeclaration(member) || !isIdentifier(member.name))
    throw new Error(`the page knows no words for the member ${member.getText(file)}`);
  return {
    key: member.name.text,
    isOptional: member.postfixToken !== undefined,
    shape: shapeOf(file, member.type),
    doc: docBefore(file, member),
  };
}

/** The doc comment in front of a node. Those in front of a part of a union are attached to nothing by the parser. */
function docBefore(file: SourceFile, node: Node): Doc {
  const before = file.text.slice(0, node.getStart(file)).replace(/[\s|]*$/, '');
  const comment = before.endsWith('*/') ? before.slice(before.lastIndexOf('/**') + 3, -2) : '';
  const text = comment
    .replaceAll(/^\s*\* ?/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const [meaning = '', ...tags] = text.split(/ ?@(?=\w)/);
  const byDefault = tags.find((tag) => tag.startsWith('default '))?.slice('default '.length);
  return { meaning: meaning.trim(), byDefault: byDefault?.trim() ?? null };
}
