/** Checks that what a page points to is there: relative links with their anchors, paths named in code marks, and npm commands. */
import { existsSync, globSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { Page } from './pages.ts';

const NAMED_PATH = /^(?:packages|integrations|docs|tools|scripts|examples|tests|bench|\.ci)\/[\w./*-]*$/;
/** A file of a package, named as ARCHITECTURE.md does: from the package's folder on. */
const PATH_IN_PACKAGE = /^[a-z0-9]+\/src\/[\w./-]+$/;

/** The targets that a page's links may have. */
export interface Surroundings {
  readonly root: string;
  readonly pages: readonly Page[];
  /** Names of the scripts in the root package.json. */
  readonly scripts: readonly string[];
}

/** One line for each thing that a page names and that is not there. */
export function checkLinks(page: Page, around: Surroundings): readonly string[] {
  return page.prose.split('\n').flatMap((line, index) => {
    const links = [...line.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].flatMap((match) =>
      checkLink(page, match[1] ?? '', around),
    );
    const paths = [...line.matchAll(/`([^`]+)`/g)].flatMap((match) => checkPath(match[1] ?? '', around));
    return [...links, ...paths].map((problem) => `${page.path}:${index + 1} [docs-link] ${problem}`);
  });
}

function checkLink(page: Page, target: string, { root, pages }: Surroundings): readonly string[] {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return [];
  const [file = '', anchor] = decodeURIComponent(target).split('#');
  const path = file === '' ? page.path : normalize(join(folderOf(page, file), file)).replaceAll('\\', '/');
  if (!existsSync(join(root, path))) return [`the link ${target} leads nowhere. Correct it or remove it.`];
  const linked = pages.find((other) => other.path === path);
  if (anchor === undefined || linked === undefined || anchorsOf(linked).has(anchor)) return [];
  return [`${path} has no heading for #${anchor}. Correct the anchor.`];
}

/** The pages are packed into the package that users install, beside its README. */
function folderOf({ path }: Page, target: string): string {
  return path === 'packages/millrace/README.md' && target.startsWith('docs/') ? '.' : dirname(path);
}

function checkPath(code: string, { root, scripts }: Pick<Surroundings, 'root' | 'scripts'>): readonly string[] {
  const script = /^npm run ([\w:-]+)/.exec(code)?.[1];
  if (script !== undefined && !scripts.includes(script))
    return [`there is no command 'npm run ${script}'. See package.json.`];
  if (PATH_IN_PACKAGE.test(code)) return checkPath(`packages/${code}`, { root, scripts });
  if (!NAMED_PATH.test(code)) return [];
  const found = code.includes('*') ? globSync(code, { cwd: root }).length > 0 : existsSync(join(root, code));
  return found ? [] : [`${code} does not exist. Correct the path.`];
}

/** Anchors that a page's headings make, by the rule of the common git hosts. */
function anchorsOf(page: Page): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const match of page.prose.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const plain = (match[1] ?? '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-');
    let unique = anchor;
    for (let copy = 1; anchors.has(unique); copy += 1) unique = `${anchor}-${copy}`;
    anchors.add(unique);
  }
  return anchors;
}
