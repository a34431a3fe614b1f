import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair } from "yaml";

/** The way to a value: keys of maps and indices of lists. */
export type Path = readonly (string | number)[];

/**
 * The offset in the text of a value or of its key; if the path ends early, of the nearest part.
 */
export function locate(document: Document, path: Path, isKey: boolean): number {
  let node: unknown = document.contents;
  let offset = offsetOf(node, 0);
  for (const [index, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isSeq(node)) node = node.items[Number(step)];
    else if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (!pair) return offset;
      offset = offsetOf(pair.key, offset);
      if (isKey && index === path.length - 1) return offset;
      node = under(pair);
    } else return offset;
    offset = offsetOf(node, offset);
  }
  return offset;
}

function under({ value }: Pair): Node | undefined {
  // A key without a value has an empty one, which stands nowhere.
  return isNode(value) && !(isScalar(value) && value.source === "") ? value : undefined;
}

function offsetOf(node: unknown, otherwise: number): number {
  return (isNode(node) && node.range?.[0]) || otherwise;
}
