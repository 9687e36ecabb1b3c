// The conditions that the fake kernel knows, and how it refuses the others.

export class Refusal extends Error {
  constructor(
    readonly kind: string,
    message: string,
    readonly field: string | null,
    readonly span: [number, number] | null = null,
  ) {
    super(message);
  }
}

export const parseWhere = (text: string) =>
  /^\s*x\s*(>=|<=|==|!=|>|<)\s*(-?[\d.e+-]+)\s*$/.exec(text);

/** What a condition says of a number; only comparisons with a number and isnan are known here. */
export function predicate(where: string): (x: number) => boolean {
  if (where === "isnan(x)") return Number.isNaN;
  const found = parseWhere(where);
  if (!found)
    throw new Refusal(
      "MALFORMED",
      `cannot read the condition ${where}: expected e.g. x > 0.5`,
      "where",
      [0, where.length],
    );
  const v = Number(found[2]);
  return {
    ">": (x: number) => x > v,
    "<": (x: number) => x < v,
    ">=": (x: number) => x >= v,
    "<=": (x: number) => x <= v,
    "==": (x: number) => x === v,
    "!=": (x: number) => x !== v,
  }[found[1]] as (x: number) => boolean;
}
