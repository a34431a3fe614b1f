import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import {
  Application,
  type Context,
  Converter,
  LogLevel,
  normalizePath,
  OptionDefaults,
  type ProjectReflection,
  type SignatureReflection,
  TSConfigReader,
  TypeDocReader,
} from "typedoc";
import ts from "typescript";
import { titleOf } from "../guides.ts";
import { faultsOf, isRequest } from "./docstrings.ts";
import { placePage } from "./pages.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");

/** A project that TypeDoc has read. */
interface Read {
  readonly app: Application;
  readonly project: ProjectReflection;
}

/** Reads the entries and ends the process if a docstring is missing, or if TypeDoc warns. */
export async function checkDocstrings(): Promise<Read> {
  const app = await Application.bootstrap({ options: join(here, "typedoc.json") }, [
    new TypeDocReader(),
    new TSConfigReader(),
  ]);
  app.options.setValue("logLevel", LogLevel.Warn);
  app.options.setValue("blockTags", [...OptionDefaults.blockTags, "@description"]);
  app.converter.on(Converter.EVENT_CREATE_SIGNATURE, nameResult);
  const project = await app.convert();
  if (!project) process.exit(1);
  describe(project);
  linkFolders(project);
  nameGuides(project);
  app.validate(project);
  const faults = faultsOf(project);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0 || app.logger.hasErrors() || app.logger.hasWarnings()) {
    console.error(`✗ docstrings: ${faults.length} missing, ${app.logger.warningCount} warnings`);
    process.exit(1);
  }
  return { app, project };
}

/** Lets what links to an entry's folder, as the guides do, lead to the entry's page. */
function linkFolders(project: ProjectReflection): void {
  for (const entry of project.children ?? []) {
    const folder = dirname(join(root, entry.sources?.[0]?.fileName ?? ""));
    for (const path of [folder, `${folder}/`]) project.files.registerReflectionPath(normalizePath(path), entry);
  }
}

/** Names the guides by their titles, since the name of each file is README, and gives them addresses by their rooms. */
function nameGuides({ documents = [], files }: ProjectReflection): void {
  for (const document of documents) {
    const path = relative(root, files.getReflectionPath(document) ?? "");
    if (!path.endsWith("README.md")) continue;
    document.name = titleOf(path);
    placePage(document, `guides/${basename(dirname(path))}`);
    // A search leads to a guide before it leads to the properties that the guide explains.
    document.relevanceBoost = 4;
  }
}

/** Shows the result of a request by the name that the source gives it, which the compiler forgets, since it is computed. */
function nameResult(
  context: Context,
  signature: SignatureReflection,
  declaration?: ts.SignatureDeclaration | ts.JSDocSignature,
): void {
  if (!isRequest(signature.type) || !declaration?.type || !ts.isTypeNode(declaration.type)) return;
  context.project.removeTypeReflections(signature.type);
  signature.type = context.converter.convertType(context.withScope(signature), declaration.type);
}

/** Makes of the tags that TypeDoc does not know, or shows badly, what a reader expects. */
function describe(project: ProjectReflection): void {
  for (const { comment } of Object.values(project.reflections)) {
    for (const tag of comment?.getTags("@throws") ?? []) {
      const [, name] = tag.typeAnnotation?.match(/^\{(.*)\}$/) ?? [];
      if (name === undefined) continue;
      tag.content.unshift({ kind: "code", text: `\`${name}\`` }, { kind: "text", text: ": " });
      delete tag.typeAnnotation;
    }
    // openapi-typescript's: the text itself, and values that are no programs.
    const description = comment?.getTag("@description");
    if (!comment || !description) continue;
    comment.summary = [...comment.summary, ...description.content];
    comment.removeTags("@description");
    for (const { content } of comment.getTags("@example"))
      for (const part of content) part.text = part.text.replace(/^```ts\n(.*)\n```$/, "`$1`");
  }
}
