import { createContext, type ReactNode, useContext, useMemo, useState } from "react";

interface Place {
  /** The title of the page shown, for the bar above it. */
  title: string;
  setTitle: (title: string) => void;
  /** The brand whose garden this is, for the window's title. */
  brand: string | undefined;
}

const PlaceContext = createContext<Place>({ title: "", setTitle: () => {}, brand: undefined });

/** Lets the page say where one is, and the frame show it. */
export function PlaceProvider({ brand, children }: { brand?: string | undefined; children: ReactNode }) {
  const [title, setTitle] = useState("");
  const place = useMemo(() => ({ title, setTitle, brand }), [title, brand]);
  return <PlaceContext.Provider value={place}>{children}</PlaceContext.Provider>;
}

export function usePlace(): Place {
  return useContext(PlaceContext);
}
