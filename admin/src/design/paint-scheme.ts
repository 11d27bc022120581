/** Where Mantine keeps the chosen appearance. */
const STORED = "mantine-color-scheme-value";

/** Sets the appearance before the first component renders, so that a dark page does not begin light. */
export function paintScheme(): void {
  const stored = localStorage.getItem(STORED);
  const wantsDark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  const isDark = stored === "dark" || (stored !== "light" && wantsDark);
  document.documentElement.setAttribute("data-mantine-color-scheme", isDark ? "dark" : "light");
}
