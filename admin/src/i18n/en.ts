import { byNamespace } from "./catalogue.ts";

export default byNamespace(
  import.meta.glob<Record<string, string>>(["../*/strings.en.json", "../*/*/strings.en.json"], {
    eager: true,
    import: "default",
  }),
);
