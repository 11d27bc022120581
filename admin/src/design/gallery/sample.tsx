import type { ReactNode } from "react";
import { Frame } from "../../shell/app-frame.tsx";
import type { Me } from "../../shell/session.tsx";
import type { Station } from "../station.tsx";

/** A garden that does not exist, so that the frame can be looked at without a server. */
const garden = (id: string, brand: string, synthetic: boolean): Me["gardens"][number] => ({
  id,
  brand,
  language: "en",
  currency: "EUR",
  timezone: "Europe/Berlin",
  synthetic,
  holdoutShare: 0.1,
});

const me: Me = {
  operator: {
    kind: "operator",
    id: "op_1",
    name: "Jonas Kessler",
    email: "jonas@lindenhof.example",
    role: "owner",
    language: "en",
  },
  gardens: [garden("g1", "Lindenhof", false), garden("g2", "Sonnenbecher", true)],
  garden: garden("g1", "Lindenhof", false),
  mustChangePassword: false,
  rights: [],
};

export function SampleFrame({
  station,
  path = "/",
  children,
}: {
  station?: Station;
  path?: string;
  children: ReactNode;
}) {
  const load = () => Promise.reject(new Error("Only for the frame."));
  return (
    <Frame me={me} page={{ path, load, label: "design:gallery", ...(station ? { station } : {}) }}>
      {children}
    </Frame>
  );
}

/** 28 days with a weekly rhythm and some unrest, the same at each look. */
export function sampleDays(seed: number): number[] {
  let state = seed;
  return Array.from({ length: 28 }, (_, day) => {
    state = (state * 16_807) % 2_147_483_647;
    const unrest = state / 2_147_483_647;
    return Math.round(1000 * (0.45 + 0.2 * Math.sin((day / 7) * 2 * Math.PI) + 0.3 * unrest + 0.006 * day));
  });
}
