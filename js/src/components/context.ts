// The store and the actions, for every component below the root.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Actions } from "../actions";
import type { Store } from "../store";

export interface Scoped {
  store: Store;
  actions: Actions;
}

export const ScopeContext = createContext<Scoped | null>(null);

export function useScope(): Scoped {
  const scoped = useContext(ScopeContext);
  if (!scoped) throw new Error("A tensorscope component was rendered outside its scope");
  return scoped;
}
