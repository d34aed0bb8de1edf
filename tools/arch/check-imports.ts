/**
 * Runs dependency-cruiser over the packages of a repository. It throws when the cruiser has not seen every source file: with a
 * compiler that it cannot use it sees none at all and finds nothing wrong.
 */
import { globSync } from 'node:fs';
import { cruise, type ICruiseResult, type IForbiddenRuleType, type IViolation } from 'dependency-cruiser';
import { forbiddenRules } from './forbidden.ts';
import { checkLayers, LAYERS, type LayerTable } from './layers.ts';

/** The result of a run. */
export interface ImportReport {
  readonly moduleCount: number;
  readonly ruleCount: number;
  /** One line each: the import, the rule and the way out. */
  readonly findings: readonly string[];
}

/** Checks every import below `packages` and `integrations` of the folder `root`, and that the table of layers is true of it. */
export async function checkImports(root: string, layers: LayerTable = LAYERS): Promise<ImportReport> {
  const rules = forbiddenRules(layers);
  const expected = globSync('{packages,integrations}/*/src/**/*.ts', { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !path.includes('/fixtures/'));
  const { output } = await cruise(
    [...new Set(expected.map((path) => path.slice(0, path.indexOf('/'))))],
    {
      baseDir: root,
      ruleSet: { forbidden: [...rules] },
      validate: true,
      exclude: { path: '(?:^|/)(?:dist|fixtures)/' },
      doNotFollow: { path: 'node_modules' },
      tsPreCompilationDeps: true,
    },
    {
      conditionNames: ['millrace-source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js'],
    },
  );
  const { modules, summary } = output as ICruiseResult;
  const seen = new Set(modules.map((module) => module.source));
  const unseen = expected.filter((path) => !seen.has(path));
  if (expected.length === 0 || unseen.length > 0) {
    const missing = unseen.slice(0, 5).join(', ') || 'a single source';
    throw new Error(`arch saw ${seen.size} modules but not ${missing}: nothing is proven.`);
  }
  const sources = expected.filter((path) => !/[.](?:test|test-d|bench)[.]ts$/.test(path));
  return {
    moduleCount: expected.length,
    ruleCount: rules.length,
    findings: [
      ...checkLayers(sources, layers),
      ...withoutLongerCycles(summary.violations).map((violation) => describe(violation, rules)),
    ],
  };
}

/** Keeps of the cycles only those that hold no shorter one, each once: breaking them breaks the others. */
function withoutLongerCycles(violations: readonly IViolation[]): readonly IViolation[] {
  const kept: { readonly names: ReadonlySet<string> }[] = [];
  const byLength = [...violations].sort((a, b) => (a.cycle?.length ?? 0) - (b.cycle?.length ?? 0));
  return byLength.filter(({ cycle }) => {
    if (cycle === undefined) return true;
    const names = new Set(cycle.map((step) => step.name));
    if (kept.some((shorter) => [...shorter.names].every((name) => names.has(name)))) return false;
    kept.push({ names });
    return true;
  });
}

function describe({ rule, from, to, cycle }: IViolation, rules: readonly IForbiddenRuleType[]): string {
  const way = cycle === undefined ? `${from} -> ${to}` : [from, ...cycle.map((step) => step.name)].join(' -> ');
  const fix = rules.find((forbidden) => forbidden.name === rule.name)?.comment ?? '';
  return `${way} [${rule.name}] ${fix}`;
}
