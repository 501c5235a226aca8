import type { Node, Parent } from 'mdast';

/** All nodes below `root` in document order, however deep they are nested. */
export function* nodesInOrder(root: Parent): Generator<Node> {
  const waiting: Node[] = [...root.children].reverse();
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    yield node;
    for (const child of childrenOf(node).toReversed()) waiting.push(child);
  }
}

/** Text as a reader sees it: of images the alternative text, no markup. */
export function plainText(root: Parent): string {
  let text = '';
  for (const node of nodesInOrder(root)) {
    if (node.type === 'text' || node.type === 'inlineCode') text += stringField(node, 'value');
    else if (node.type === 'image' || node.type === 'imageReference') text += stringField(node, 'alt');
    else if (node.type === 'break') text += ' ';
  }
  return text;
}

function childrenOf(node: Node): readonly Node[] {
  return 'children' in node && Array.isArray(node.children) ? (node.children as Node[]) : [];
}

function stringField(node: Node, field: string): string {
  const value = (node as unknown as Record<string, unknown>)[field];
  return typeof value === 'string' ? value : '';
}
