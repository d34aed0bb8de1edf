/**
 * The order of the folders inside each package, the twin of the table of packages in `arrows.ts`. A folder may import the
 * folders of the layers below its own and no other: neither one above nor one beside it.
 */

/** Folders that do not import each other. '.' = the files at the root of the sources: the entries and what composes the package. */
export type Layer = readonly string[];

/** Package folder to its layers, bottom first. */
export type LayerTable = Readonly<Record<string, readonly Layer[]>>;

/** Every package that has folders is in it. `ARCHITECTURE.md` draws it. */
export const LAYERS: LayerTable = {
  'packages/kernel': [
    ['ids', 'limits', 'process', 'states'],
    ['errors', 'runs'],
    ['addresses', 'codec', 'filters', 'text', 'time'],
    ['keys', 'retry', 'schedules'],
    ['caching', 'transitions'],
    ['ledger'],
    ['.'],
  ],
  'packages/store': [
    ['adapters', 'ports'],
    ['sql', 'retention'],
    ['rows', 'migrations', 'filters'],
    ['dialect', 'queries'],
    ['blobs', 'commit'],
    ['backup'],
    ['.'],
    ['conformance'],
  ],
  'packages/ledger': [
    ['state', 'verify'],
    ['journal'],
    ['coordination', 'ending', 'session'],
    ['use-cases', 'holder'],
    ['services'],
    ['.'],
    ['conformance'],
  ],
  'packages/engine': [
    ['definitions'],
    ['runs'],
    ['context', 'futures'],
    ['limits', 'transactions'],
    ['execution'],
    ['waits', 'engine'],
    ['calls'],
    ['isolation'],
    ['.'],
  ],
  'packages/local': [['adapters'], ['isolation'], ['.']],
  'packages/testing': [['adapters', 'options'], ['process', 'time'], ['.']],
  'packages/views': [['lists', 'states', 'text'], ['tree'], ['documents'], ['.']],
  'packages/cli': [
    ['arguments', 'environment'],
    ['output', 'selection'],
    ['context', 'display', 'doctor'],
    ['session'],
    ['commands'],
    ['program'],
    ['.'],
  ],
  'integrations/s3': [['.'], ['conformance']],
};

/** One folder with what it may import, all as paths below the root. */
export interface FolderArrows {
  readonly package: string;
  readonly folder: string;
  readonly mayImport: readonly string[];
}

/** The layers as arrows: each folder with every folder below it. */
export function folderArrows(layers: LayerTable): readonly FolderArrows[] {
  return Object.entries(layers).flatMap(([name, order]) =>
    order.flatMap((layer, level) =>
      layer.map((folder) => ({ package: name, folder, mayImport: order.slice(0, level).flat() })),
    ),
  );
}

/**
 * Differences between the table and the folders of the sources, a line each: a folder without a layer, a layer without its
 * folder, and a folder named twice.
 *
 * @param sources paths of the source files without tests, from the root
 */
export function checkLayers(sources: readonly string[], layers: LayerTable): readonly string[] {
  const packages = new Set(sources.map((path) => path.slice(0, path.indexOf('/src/'))));
  const unordered = [...packages].filter(
    (name) =>
      layers[name] === undefined &&
      sources.some((path) => path.startsWith(`${name}/src/`) && path.slice(name.length + 5).includes('/')),
  );
  const differences = Object.entries(layers).flatMap(([name, order]) => {
    const prefix = `${name}/src/`;
    const inside = sources.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
    const present = new Set(inside.map((path) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '.')));
    const named = order.flat();
    const line = (folder: string, rule: string, fix: string): string => `${prefix}${folder} [${rule}] ${fix}`;
    return [
      ...[...present]
        .filter((folder) => !named.includes(folder))
        .map((folder) => line(folder, 'folder-without-layer', 'Name its layer in tools/arch/layers.ts.')),
      ...named
        .filter((folder) => !present.has(folder))
        .map((folder) => line(folder, 'layer-without-folder', 'Take it out of tools/arch/layers.ts.')),
      ...named
        .filter((folder, index) => named.indexOf(folder) !== index)
        .map((folder) => line(folder, 'folder-in-two-layers', 'Name it once in tools/arch/layers.ts.')),
    ];
  });
  return [
    ...unordered.map((name) => `${name}/src [package-without-layers] Name its folders in tools/arch/layers.ts.`),
    ...differences,
  ];
}
