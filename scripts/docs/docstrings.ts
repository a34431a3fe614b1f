import {
  Comment,
  type DeclarationReflection,
  type ParameterReflection,
  type ProjectReflection,
  ReflectionKind,
  type SignatureReflection,
  type SomeType,
} from "typedoc";

/** What needs a docstring. Of functions, methods and constructors it is the signature that has it. */
const documented =
  ReflectionKind.Module |
  ReflectionKind.Class |
  ReflectionKind.Interface |
  ReflectionKind.TypeAlias |
  ReflectionKind.Variable |
  ReflectionKind.Property |
  ReflectionKind.CallSignature |
  ReflectionKind.ConstructorSignature |
  ReflectionKind.GetSignature;

/** What public names lack, each as `<file>:<line> <name>: <what>`. */
export function faultsOf(project: ProjectReflection): string[] {
  // A class that inherits a member lacks the same, at the same place.
  const faults = new Map<string, string>();
  for (const reflection of Object.values(project.reflections)) {
    if (!reflection.kindOf(documented) || !(reflection.isDeclaration() || reflection.isSignature())) continue;
    // A type without a name is reported where it is used.
    if (isPartOfLiteral(reflection.parent)) continue;
    const [source] = reflection.sources ?? [];
    // What is generated has the texts of the description, and its lint rules.
    if (!source?.fileName.startsWith("src/")) continue;
    const lacking = reflection.isSignature() ? lackingInSignature(reflection) : lackingIn(ownComment(reflection));
    const place = `${source.fileName}:${source.line}`;
    for (const what of lacking) faults.set(`${place} ${what}`, `${place} ${reflection.getFullName()}: ${what}`);
  }
  return [...faults.values()];
}

function isPartOfLiteral(
  parent: { kindOf(kind: ReflectionKind): boolean; parent?: typeof parent } | undefined,
): boolean {
  return parent !== undefined && (parent.kindOf(ReflectionKind.TypeLiteral) || isPartOfLiteral(parent.parent));
}

/** Not what TypeDoc gives a class that has none: the docstring of the class that it extends. */
function ownComment({ comment, extendedTypes = [] }: DeclarationReflection): Comment | undefined {
  const text = (comment: Comment | undefined) => Comment.combineDisplayParts(comment?.summary);
  const isBorrowed = extendedTypes.some(
    (type) => type.type === "reference" && text(type.reflection?.comment) === text(comment),
  );
  return isBorrowed ? undefined : comment;
}

function lackingIn(comment: Comment | undefined): string[] {
  return comment?.summary.length ? [] : ["no docstring"];
}

function lackingInSignature({ comment, parameters = [], type, kind }: SignatureReflection): string[] {
  const lacking = lackingIn(comment);
  for (const parameter of parameters) if (!isDescribed(parameter)) lacking.push(`no @param ${parameter.name}`);
  if (kind !== ReflectionKind.CallSignature) return lacking;
  const need = (tag: `@${string}`) => {
    if (!comment?.getTag(tag)?.content.length) lacking.push(`no ${tag}`);
  };
  if (!isVoid(type)) need("@returns");
  // How it rejects.
  if (isRequest(type) || ["Promise", "AsyncGenerator"].includes(nameOf(type))) need("@throws");
  // The endpoint.
  if (isRequest(type)) need("@see");
  return lacking;
}

/** Whether a result is that of an operation of the API. */
export function isRequest(type: SomeType | undefined): boolean {
  return ["APIPromise", "PagePromise"].includes(nameOf(type));
}

function isDescribed({ comment }: ParameterReflection): boolean {
  return (comment?.summary.length ?? 0) > 0;
}

function nameOf(type: SomeType | undefined): string {
  return type?.type === "reference" || type?.type === "intrinsic" ? type.name : "";
}

function isVoid(type: SomeType | undefined): boolean {
  if (type?.type === "reference" && type.name === "Promise") return isVoid(type.typeArguments?.[0]);
  return ["void", "never"].includes(nameOf(type));
}
