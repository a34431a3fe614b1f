import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import {
  Application,
  type Context,
  Converter,
  JSX,
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

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");

/** A project that TypeDoc has read. */
interface Read {
  readonly app: Application;
  readonly project: ProjectReflection;
}

/** Reads the entries and ends the process if a docstring is missing, or if TypeDoc has anything to say of them. */
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

/** Writes the pages. */
export async function writeReference(app: Application, project: ProjectReflection, folder: string): Promise<void> {
  for (const reflection of Object.values(project.reflections)) {
    // There is no address that is sure to have the sources: their names are shown, and lead nowhere.
    if (reflection.isDeclaration() || reflection.isSignature())
      for (const source of reflection.sources ?? []) delete source.url;
  }
  writeIndex(project);
  app.renderer.hooks.on("sidebar.begin", (context) =>
    JSX.createElement("a", { class: "http", href: context.relativeURL("http.html") }, "HTTP endpoints"),
  );
  await app.generateDocs(project, folder);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);
}

/** Lets what links to an entry's folder, as the guides do, lead to the entry's page. */
function linkFolders(project: ProjectReflection): void {
  for (const entry of project.children ?? []) {
    const folder = dirname(join(root, entry.sources?.[0]?.fileName ?? ""));
    for (const path of [folder, `${folder}/`]) project.files.registerReflectionPath(normalizePath(path), entry);
  }
}

/** Names the guides of `src/` by their titles: the name of each file is README. */
function nameGuides({ documents = [], files }: ProjectReflection): void {
  for (const document of documents) {
    const guide = relative(root, files.getReflectionPath(document) ?? "");
    if (guide.startsWith("src/")) document.name = titleOf(guide);
  }
}

/** Completes the index: `site:` keeps TypeDoc from taking a page of the site for a file of the project. */
function writeIndex({ readme = [], documents = [] }: ProjectReflection): void {
  for (const part of readme) part.text = part.text.replaceAll("(site:", "(");
  // What everybody reads comes first, the rest by name.
  const names = documents.map(({ name }) => name).sort((a, b) => Number(b === "README") - Number(a === "README"));
  const guides = names.map((name) => `- [${name}](documents/${name.replace(/\W/g, "_")}.html)`);
  readme.push({ kind: "text", text: `\n${guides.join("\n")}\n` });
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
