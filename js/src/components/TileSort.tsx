// In which order the tiles of a grid stand: a menu, and which end comes first.
import { useScope } from "./context";
import { Menu } from "./Menu";

/** By name: what it is called, and whether its largest come first at first. */
export const SORTS: Record<string, readonly [string, boolean]> = {
  index: ["index", false],
  mean: ["mean", true],
  max: ["max", true],
  min: ["min", false],
  std: ["std", true],
  sparsity: ["share of zeros", true],
  nonfinite: ["share of NaN, Inf", true],
};
const DISTANCES = ["distance", "cosine"];

export function SortTiles() {
  const { store, actions } = useScope();
  const grid = store.state.value?.picture.grid;
  if (!grid) return null;
  const written = grid.sort ?? "index";
  const falling = written.startsWith("-");
  const name = written.replace("-", "");
  const from = /\d+/.exec(name)?.[0] ?? null;
  const kind = name.split(" ")[0];
  const say = (distance: string, tile: string) =>
    `${distance === "cosine" ? "cosine distance" : "distance"} to ${tile}`;
  const choose = (picked: string) => {
    const known = SORTS[picked];
    if (known) actions.setSort(`${known[1] ? "-" : ""}${picked}`);
    else if (picked !== kind) actions.sortByDistance(picked, from === null ? undefined : place());
  };
  const place = () => (Number(from) - grid.start) / grid.step;
  return (
    <>
      <span class="ts-label">Sort</span>
      <Menu
        label="Sort tiles"
        text={SORTS[kind]?.[0] ?? say(kind, from ?? "")}
        value={kind}
        options={[
          ...Object.entries(SORTS).map(([key, [text]]) => [key, text] as const),
          ...DISTANCES.map((key) => [key, say(key, from ?? "the tile at the cursor")] as const),
        ]}
        onPick={choose}
      />
      <button
        type="button"
        class="ts-bare"
        aria-label={falling ? "Largest first" : "Smallest first"}
        title={`${falling ? "Largest" : "Smallest"} first: click to turn round`}
        onClick={() => actions.setSort(falling ? name : `-${name}`)}
      >
        {falling ? "↓" : "↑"}
      </button>
    </>
  );
}
