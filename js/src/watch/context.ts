// The watch's store, for every component below its root.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { WatchStore } from "./store";

export const WatchContext = createContext<WatchStore | null>(null);

export function useWatch(): WatchStore {
  const watch = useContext(WatchContext);
  if (!watch) throw new Error("A watch's component was rendered outside its watch");
  return watch;
}
