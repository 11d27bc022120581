import { byNamespace } from "./catalogue.ts";

export default byNamespace(
  import.meta.glob<Record<string, string>>(["../*/strings.de.json", "../*/*/strings.de.json"], {
    eager: true,
    import: "default",
  }),
);
