import { relative } from "node:path";
import {
  type Application,
  type CommentDisplayPart,
  type DeclarationReflection,
  type DocumentReflection,
  JSX,
  PageEvent,
  type ProjectReflection,
  ReflectionGroup,
} from "typedoc";
import { commandPages } from "./commands.ts";
import { endpointPages } from "./endpoints.ts";
import { errorPages } from "./errors.ts";
import { addPage, SiteRouter } from "./pages.ts";

/** A way into the site, as the first page and the navigation show it. */
interface Way {
  readonly title: string;
  readonly path: string;
  readonly text: string;
}

const killItYourself: Way = {
  title: "Kill it yourself",
  path: "kill-it-yourself.html",
  text: "Interrupt a rotation in your browser, and resume it",
};

const ways: readonly Way[] = [
  { title: "Guides", path: "guides/cli.html", text: "Rotate in CI, many clients, a leak, a lost journal" },
  { title: "Commands", path: "commands.html", text: "Every command, with its options and examples" },
  { title: "Error codes", path: "errors.html", text: "What happened, what is true now, what to do" },
  { title: "HTTP endpoints", path: "http.html", text: "Each operation, with curl and TypeScript" },
  {
    title: "TypeScript",
    path: "modules/cloudflare-oauth-clients.html",
    text: "The client, the rotation and the sandbox",
  },
];

/** Writes the site: the pages that TypeDoc makes of the docstrings and guides, and those that are made here. */
export async function writeSite(app: Application, project: ProjectReflection, folder: string): Promise<void> {
  for (const reflection of Object.values(project.reflections)) {
    // There is no address that is sure to have the sources: their names are shown, and lead nowhere.
    if (reflection.isDeclaration() || reflection.isSignature())
      for (const source of reflection.sources ?? []) delete source.url;
  }
  await addPages(project);
  writeFirstPage(project, [killItYourself, ...ways]);
  app.renderer.defineRouter("site", SiteRouter);
  app.options.setValue("router", "site");
  app.renderer.hooks.on("body.begin", () =>
    JSX.createElement("a", { class: "skip", href: "#content" }, "Skip to the content"),
  );
  app.renderer.hooks.on("sidebar.begin", ({ relativeURL }) => linkTo(killItYourself, relativeURL));
  app.renderer.on(PageEvent.END, markContent);
  await app.generateDocs(project, folder);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);
}

/** Adds the pages of commands, error codes and endpoints, and sorts the navigation: first what most people look for. */
async function addPages(project: ProjectReflection): Promise<void> {
  const documents = [...(project.documents ?? [])];
  const isGuide = (document: DocumentReflection) =>
    relative(".", project.files.getReflectionPath(document) ?? "").includes("src/");
  const reference = [await commandPages(), errorPages(), endpointPages()].map((page) => addPage(project, page));
  const groups: Readonly<Record<string, readonly (DocumentReflection | DeclarationReflection)[]>> = {
    Guides: documents.filter(isGuide),
    Reference: reference,
    TypeScript: project.children ?? [],
    Project: documents.filter((document) => !isGuide(document)),
  };
  project.groups = Object.entries(groups).map(([title, children]) => {
    const group = new ReflectionGroup(title, project);
    group.children = [...children];
    return group;
  });
}

function linkTo({ title, path }: Way, relativeURL: (path: string) => string | undefined): JSX.Element {
  const link = JSX.createElement("a", { href: relativeURL(path) }, title);
  return JSX.createElement("nav", { class: "tsd-navigation", "aria-label": "More" }, link);
}

/** Makes the first page of README: what is for people who have a checkout goes, and ways into the site come. */
function writeFirstPage(project: ProjectReflection, links: readonly Way[]): void {
  const cards = links.map(({ title, path, text }) => `<a href="${path}"><b>${title}</b> ${text}</a>`);
  const start = `<nav class="start" aria-label="Start">
<a href="#the-command-in-five-minutes">Rotate a secret in five minutes</a>
<a href="#the-client-in-five-minutes">Use the client</a>
</nav>`;
  const nav = `<nav class="ways" aria-label="Parts of this site">${cards.join("")}</nav>`;
  const readme = project.readme ?? [];
  const [opening, closing] = ["<picture>", "</picture>"];
  project.readme = [
    ...before(readme, opening),
    { kind: "text", text: `${start}\n\n` },
    ...before(from(readme, opening), closing),
    { kind: "text", text: `${closing}\n\n${nav}\n\n` },
    ...before(from(readme, "## Install\n"), "## Read on\n"),
  ];
}

/** The parts of a text before a mark. */
function before(parts: readonly CommentDisplayPart[], mark: string): CommentDisplayPart[] {
  const [index, part] = find(parts, mark);
  return [...parts.slice(0, index), { kind: "text", text: part.slice(0, part.indexOf(mark)) }];
}

/** The parts of a text from a mark on. */
function from(parts: readonly CommentDisplayPart[], mark: string): CommentDisplayPart[] {
  const [index, part] = find(parts, mark);
  return [{ kind: "text", text: part.slice(part.indexOf(mark)) }, ...parts.slice(index + 1)];
}

function find(parts: readonly CommentDisplayPart[], mark: string): [index: number, text: string] {
  const index = parts.findIndex(({ kind, text }) => kind === "text" && text.includes(mark));
  const part = parts[index];
  if (!part) throw new Error(`README has no ${mark.trim()}.`);
  return [index, part.text];
}

/** Lets a screen reader, and the link that skips the navigation, find the content of a page. */
function markContent(page: PageEvent): void {
  page.contents = (page.contents ?? "")
    .replace('<div class="col-content">', '<div class="col-content" id="content" role="main" tabindex="-1">')
    .replace('<div class="page-menu">', '<div class="page-menu" role="complementary" aria-label="This page">');
}
