// A component of the extras: loaded when it is first shown; a failure is said, with another try.
import { type FunctionComponent, h } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Extras, extras, loadExtras } from "../late";
import { useScope } from "./context";

type Name = "Chips" | "Help" | "HitRows" | "Offers" | "PictureOffer" | "Slices" | "Values";
type Given<P extends unknown[]> = P extends [infer Props] ? Props : unknown;
/** `box`: the tag of what is shown in its place. */
type ExtraProps<K extends Name> = { name: K; box?: "div" | "tr" } & Given<Parameters<Extras[K]>>;

export function Extra<K extends Name>({ name, box: Box = "div", ...rest }: ExtraProps<K>) {
  const { store } = useScope();
  const [wrong, setWrong] = useState<string | null>(null);
  const load = () => {
    setWrong(null);
    loadExtras(store.channel).catch((error: Error) => setWrong(error.message));
  };
  useEffect(load, []);
  const found = extras.value;
  if (found) return h(found[name] as FunctionComponent<object>, rest);
  return (
    <Box class="ts-extra" role={wrong ? "alert" : "status"}>
      {wrong === null ? "Loading…" : `Not loaded: ${wrong}`}
      {wrong !== null && (
        <button type="button" class="ts-button" onClick={load}>
          Retry
        </button>
      )}
    </Box>
  );
}
