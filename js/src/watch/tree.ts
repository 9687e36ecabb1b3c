// Modules as a tree, by their dotted names. Pure: no DOM.

export interface Node {
  /** The whole name: of a row that has values, or the part that a group's rows share. */
  name: string;
  label: string;
  depth: number;
  /** Whether it is a module, a probe or a parameter itself, not merely a group of them. */
  own: boolean;
  children: Node[];
}

/** `layer1.conv (call 2)` → layer1 · conv · (call 2); `lstm[1][0]` → lstm · [1][0]. */
export function partsOf(name: string): string[] {
  const [, path, call] = /^(.*?)((?: \(call \d+\))?)$/s.exec(name)!;
  const parts = path.split(".");
  const last = parts.pop()!;
  const bracket = last.indexOf("[");
  if (bracket > 0) parts.push(last.slice(0, bracket), last.slice(bracket));
  else parts.push(last);
  if (call) parts.push(call.trim());
  return parts;
}

const join = (parent: string, part: string) =>
  parent === "" || part.startsWith("[")
    ? parent + part
    : part.startsWith("(")
      ? `${parent} ${part}`
      : `${parent}.${part}`;

/** Rows in the order in which they are named first; it never changes. */
export function buildTree(names: readonly string[]): Node[] {
  const roots: Node[] = [];
  const known = new Map<string, Node>();
  for (const full of names) {
    let parent = "";
    let level = roots;
    for (const part of partsOf(full)) {
      const name = join(parent, part);
      let node = known.get(name);
      if (!node) {
        node = { name, label: part, depth: 0, own: false, children: [] };
        known.set(name, node);
        level.push(node);
      }
      parent = name;
      level = node.children;
    }
    known.get(parent)!.own = true;
  }
  return roots.map((node) => settled(node, 0));
}

/** A group with one child alone is told in one line with it. */
function settled(node: Node, depth: number): Node {
  if (!node.own && node.children.length === 1) {
    const [child] = node.children;
    const label = child.name.slice(node.name.length - node.label.length);
    return settled({ ...child, label }, depth);
  }
  return { ...node, depth, children: node.children.map((child) => settled(child, depth + 1)) };
}

/** The rows that are seen: without what is folded away. */
export function visible(roots: readonly Node[], folded: ReadonlySet<string>): Node[] {
  return roots.flatMap((node) => [
    node,
    ...(folded.has(node.name) ? [] : visible(node.children, folded)),
  ]);
}

/** The row above in the tree, or null. */
export function parentOf(rows: readonly Node[], name: string): Node | null {
  const at = rows.findIndex((row) => row.name === name);
  if (at < 0) return null;
  return rows.slice(0, at).findLast((row) => row.depth < rows[at].depth) ?? null;
}

/** What a key does in the tree. */
export type Move = { do: "focus" | "fold" | "unfold" | "choose"; name: string } | null;

export function moveFor(
  key: string,
  rows: readonly Node[],
  focused: string,
  folded: ReadonlySet<string>,
): Move {
  const at = rows.findIndex((row) => row.name === focused);
  if (at < 0) return null;
  const row = rows[at];
  const focus = (to: Node | null | undefined): Move => (to ? { do: "focus", name: to.name } : null);
  const open = row.children.length > 0 && !folded.has(row.name);
  switch (key) {
    case "ArrowDown":
      return focus(rows[at + 1]);
    case "ArrowUp":
      return focus(rows[at - 1]);
    case "Home":
      return focus(rows[0]);
    case "End":
      return focus(rows.at(-1));
    case "ArrowLeft":
      return open ? { do: "fold", name: row.name } : focus(parentOf(rows, row.name));
    case "ArrowRight":
      if (row.children.length === 0) return null;
      return open ? focus(rows[at + 1]) : { do: "unfold", name: row.name };
    case "Enter":
      if (row.own) return { do: "choose", name: row.name };
      return { do: open ? "fold" : "unfold", name: row.name };
    default:
      return null;
  }
}
